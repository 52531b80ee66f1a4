package export

import (
	_ "embed"
	"slices"
)

//go:embed schema/intake.schema.json
var schema []byte

// Schema returns the JSON Schema (draft 2020-12) of one intake of the embedded
// interview, as "intake show --json" prints it and [JSON] writes it into its
// array. An interview of one's own has other keys. The caller owns the bytes.
func Schema() []byte { return slices.Clone(schema) }
