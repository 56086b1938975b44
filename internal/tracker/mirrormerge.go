package tracker

// MergeMirrors joins two mirrors that went apart since base; nil is one that is not there.
func MergeMirrors(base, ours, theirs *Mirror) *Mirror { return ours }
