package kb

import (
	"embed"
	"io/fs"
)

//go:embed entries/*.md *.txt kb.toml
var embedded embed.FS

// Embedded returns the knowledge base that comes with the program, in the form
// that [Load] reads.
func Embedded() fs.FS { return embedded }
