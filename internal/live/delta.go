package live

// byteReader gives bytes one after the other, zeros after the end.
type byteReader struct {
	data  []byte
	at    int
	short bool
}

func (r *byteReader) next() byte {
	if r.at == len(r.data) {
		r.short = true
		return 0
	}
	r.at++
	return r.data[r.at-1]
}

// apply makes an object from its base and a delta.
func (o *objects) apply(base, delta []byte) ([]byte, error) {
	from, size, rest := deltaSizes(delta)
	if from != int64(len(base)) {
		return nil, errPack
	}
	if err := o.spend(size); err != nil {
		return nil, err
	}
	out, ok := applyDelta(base, rest, size)
	if !ok {
		return nil, errPack
	}
	return out, nil
}

// deltaSizes reads the head of a delta: how long the base is and how long the
// result will be, -1 for what makes no sense.
func deltaSizes(delta []byte) (from, to int64, rest []byte) {
	r := byteReader{data: delta}
	var sizes [2]int64
	for i := range sizes {
		for shift := 0; ; shift += 7 {
			c := r.next()
			if shift > 50 || r.short {
				return -1, -1, nil
			}
			sizes[i] |= int64(c&0x7f) << shift
			if c&0x80 == 0 {
				break
			}
		}
	}
	return sizes[0], sizes[1], delta[r.at:]
}

// applyDelta follows the instructions of a delta: copy from the base, or take what stands here.
func applyDelta(base, delta []byte, size int64) ([]byte, bool) {
	out := make([]byte, 0, min(size, 1<<20))
	r := byteReader{data: delta}
	for r.at < len(r.data) {
		op := r.next()
		if op == 0 {
			return nil, false
		}
		var part []byte
		if op&0x80 == 0 {
			end := r.at + int(op)
			if end > len(delta) {
				return nil, false
			}
			part, r.at = delta[r.at:end], end
		} else {
			var offset, n int
			for i := range 4 {
				if op>>i&1 != 0 {
					offset |= int(r.next()) << (8 * i)
				}
			}
			for i := range 3 {
				if op>>(4+i)&1 != 0 {
					n |= int(r.next()) << (8 * i)
				}
			}
			if n == 0 {
				n = 1 << 16
			}
			if offset+n > len(base) {
				return nil, false
			}
			part = base[offset : offset+n]
		}
		if int64(len(out)+len(part)) > size {
			return nil, false
		}
		out = append(out, part...)
	}
	return out, int64(len(out)) == size && !r.short
}
