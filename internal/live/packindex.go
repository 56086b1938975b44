package live

import (
	"encoding/binary"
	"errors"
	"strings"

	"mgit/internal/git"
)

// readFan reads the head of the index: how many ids begin with at most each byte.
func (p *pack) readFan() error {
	var head [8 + 4*256]byte
	n, err := readFull(p.index, head[:], 0)
	if err != nil {
		return err
	}
	if n < len(head) {
		return errPack
	}
	fan := head[8:]
	if string(head[:4]) != "\xfftOc" {
		p.old, fan = true, head[:]
	} else if binary.BigEndian.Uint32(head[4:]) != 2 {
		return errors.New("its index is of an unknown version")
	}
	for i := range p.fan {
		p.fan[i] = binary.BigEndian.Uint32(fan[4*i:])
		if i > 0 && p.fan[i] < p.fan[i-1] {
			return errPack
		}
	}
	if start, width := p.names(); start+int64(p.fan[255])*width > p.size {
		return errPack
	}
	return nil
}

// names is where the ids begin in the index, and how far apart they are.
func (p *pack) names() (start, width int64) {
	if p.old {
		return 4 * 256, 24
	}
	return 8 + 4*256, 20
}

// find returns the offset of an object in the pack.
func (p *pack) find(id git.ID) (offset int64, ok bool, err error) {
	low, high := int64(0), int64(p.fan[id[0]])
	if id[0] > 0 {
		low = int64(p.fan[id[0]-1])
	}
	start, width := p.names()
	var buf [64 * 24]byte
	for round := 0; low < high; round++ {
		// Ids are spread evenly: the place is guessed, and what is around it is
		// read at once. Where they are not, the middle is never far off.
		guess := (low + high) / 2
		if round == 0 {
			guess = low + (high-low)*int64(binary.BigEndian.Uint16(id[1:]))>>16
		}
		from := min(max(guess-32, low), max(high-64, low))
		to := min(from+64, high)
		window := buf[:(to-from)*width]
		if n, err := readFull(p.index, window, start+from*width); err != nil || n < len(window) {
			return 0, false, orDamaged(err)
		}
		at, found := searchNames(window, int(width), id)
		switch {
		case found:
			offset, err = p.offset(from+int64(at), window[at*int(width):])
			return offset, err == nil, err
		case at == 0:
			high = from
		case from+int64(at) == to:
			low = to
		default:
			return 0, false, nil
		}
	}
	return 0, false, nil
}

// orDamaged is the error of a short read.
func orDamaged(err error) error {
	if err == nil {
		return errPack
	}
	return err
}

// searchNames finds id among entries of an index, or where it would be.
func searchNames(entries []byte, width int, id git.ID) (at int, found bool) {
	skip := width - len(id) // version 1 has the offset first
	low, high := 0, len(entries)/width
	for low < high {
		mid := (low + high) / 2
		switch c := strings.Compare(string(entries[mid*width+skip:(mid+1)*width]), string(id[:])); {
		case c == 0:
			return mid, true
		case c < 0:
			low = mid + 1
		default:
			high = mid
		}
	}
	return low, false
}

// offset reads where the object number i is.
func (p *pack) offset(i int64, entry []byte) (int64, error) {
	if p.old {
		return int64(binary.BigEndian.Uint32(entry)), nil
	}
	count := int64(p.fan[255])
	start, _ := p.names()
	small := start + count*24 // after ids and checksums
	var buf [8]byte
	if n, err := readFull(p.index, buf[:4], small+i*4); err != nil || n < 4 {
		return 0, orDamaged(err)
	}
	offset := binary.BigEndian.Uint32(buf[:])
	if offset&(1<<31) == 0 {
		return int64(offset), nil
	}
	at := small + count*4 + int64(offset&^(1<<31))*8
	if n, err := readFull(p.index, buf[:], at); err != nil || n < 8 {
		return 0, orDamaged(err)
	}
	large := binary.BigEndian.Uint64(buf[:])
	if large > 1<<62 {
		return 0, errPack
	}
	return int64(large), nil
}
