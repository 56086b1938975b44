package demo

import "time"

// developers are the people who write upstream's code.
func developers() []person {
	return []person{
		{"Maria Okafor", "maria.okafor@example.org"},
		{"Tomás Herrera", "tomas.herrera@example.org"},
		{"Ingrid Solberg", "ingrid.solberg@example.org"},
		{"Kavi Perera", "kavi.perera@example.org"},
		{"Beth Lindqvist", "beth.lindqvist@example.org"},
		{"Jun Watanabe", "jun.watanabe@example.org"},
	}
}

// colleagues are the people of the site.
func colleagues() []person {
	return []person{
		{"Ruth Ashworth", "ruth.ashworth@luvle.example.org"},
		{"Peter Novák", "peter.novak@luvle.example.org"},
		{"Amina Diallo", "amina.diallo@luvle.example.org"},
	}
}

// integrator applies upstream's changes, releaser makes its builds.
func integrator() person { return person{"Ana Costa", "ana.costa@example.org"} }
func releaser() person   { return person{"Release Robot", "releases@example.org"} }

// zoneOf gives every person a place to live.
func zoneOf(p person) *time.Location {
	hours := []int{0, 1, 8, -5, 10}[len(p.name)%5]
	return time.FixedZone("", hours*3600)
}
