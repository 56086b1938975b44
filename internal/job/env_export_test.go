package job

// EnvBetween bumps a file and lets somebody do something between reading and writing it.
func EnvBetween(site *Site, path, value string, between func()) error {
	files, err := site.openEnvs(EnvRequest{Files: []string{path}})
	if err != nil {
		return err
	}
	edit := &envEdit{from: files[0], now: files[0].file}
	if err := edit.set(files[0].file.Pins()[0].Variable, envValue{value: value}, false); err != nil {
		return err
	}
	between()
	return edit.write()
}

// ReleaseAgrees compares a claimed release with the one that is there.
var ReleaseAgrees = releaseAgrees

// ReadEnvRef tells by its form what a value names.
func ReadEnvRef(value string) (kind, prefix, name string) {
	r := readEnvRef(value)
	return r.kind, r.prefix, r.name
}
