package job

// ConflictPlace is a path at which two branches meet, and how.
type ConflictPlace struct {
	Place
	Kind  string         // of the conflict; "" where Git can merge it
	Lines *ConflictLines // nil: not the same lines
}

// Places lists where the two meet: conflicts first, then the same lines, then the other
// files that both change.
func (p *ConflictPair) Places() []ConflictPlace {
	lines := make(map[string]*ConflictLines, len(p.Lines))
	for i := range p.Lines {
		lines[p.Lines[i].Raw] = &p.Lines[i]
	}
	var all []ConflictPlace
	seen := make(map[string]bool)
	add := func(at Place, kind string) {
		if !seen[at.Raw] {
			seen[at.Raw] = true
			all = append(all, ConflictPlace{Place: at, Kind: kind, Lines: lines[at.Raw]})
		}
	}
	for _, c := range p.Conflicts {
		add(c.Place, c.Kind)
	}
	for _, l := range p.Lines {
		add(l.Place, "")
	}
	for _, path := range p.Files {
		add(At(path), "")
	}
	return all
}

// Near lists the branches that conflict or change the same lines, with all also
// those that share a file. Branches that hang together stand together.
func (r *ConflictsReport) Near(all bool) []string {
	near := make(map[string][]string)
	for _, p := range r.Pairs {
		if all || p.Level != LevelFile {
			near[p.A] = append(near[p.A], p.B)
			near[p.B] = append(near[p.B], p.A)
		}
	}
	var names []string
	seen := make(map[string]bool)
	for _, b := range r.Branches {
		if len(near[b.Name]) == 0 {
			continue
		}
		for waiting := []string{b.Name}; len(waiting) > 0; {
			name := waiting[0]
			waiting = waiting[1:]
			if seen[name] {
				continue
			}
			seen[name] = true
			names = append(names, name)
			waiting = append(waiting, near[name]...)
		}
	}
	return names
}
