package keymap

// The actions of the targets.
const (
	TargetsAssemble  Action = "targets.assemble"
	TargetsRelease   Action = "targets.release"
	TargetsMinor     Action = "targets.minor"
	TargetsConflicts Action = "targets.conflicts"
	TargetsReleases  Action = "targets.releases"
	TargetsPush      Action = "targets.push"
	TargetsShape     Action = "targets.shape"
	TargetsFiles     Action = "targets.files"
)

func targets() []Binding {
	return []Binding{
		{Action: TargetsAssemble, Keys: []string{"a"}, Short: "assemble", Help: "merge into the target what belongs to it, or make it afresh", Writes: true},
		{Action: TargetsRelease, Keys: []string{"r"}, Short: "release", Help: "tag the target with a manifest", Writes: true},
		{Action: TargetsMinor, Keys: []string{"M"}, Short: "minor", Help: "merge Moodle's newest patch release into the target", Writes: true},
		{Action: TargetsConflicts, Keys: []string{"c"}, Short: "conflicts", Help: "which branches of the target conflict, and back"},
		{Action: TargetsReleases, Keys: []string{"u"}, Short: "releases", Help: "the releases that there are, and back"},
		{Action: TargetsPush, Keys: []string{"P"}, Short: "publish", Help: "the command that publishes the target, to copy"},
		{Action: TargetsShape, Keys: []string{"w"}, Short: "map or list", Help: "show conflicts as a map, or as a list"},
		{Action: TargetsFiles, Keys: []string{"f"}, Short: "same files", Help: "show pairs that only share a file too, or not"},
	}
}
