package export

import (
	"bytes"
	_ "embed"
	"slices"
)

//go:embed schema/intake.schema.json
var schema []byte

//go:embed schema/handoff.schema.json
var handoffSchema []byte

// Schema returns the JSON Schema (draft 2020-12) of one intake of the embedded
// interview, as "intake show --json" prints it and [JSON] writes it into its
// array. An interview of one's own has other keys. The caller owns the bytes.
func Schema() []byte { return slices.Clone(schema) }

// HandoffSchema returns the JSON Schema of a message to the operator's own
// system, with that of the intake within it, so that it stands alone. The caller
// owns the bytes.
func HandoffSchema() []byte {
	return bytes.Replace(handoffSchema, []byte(`"$defs": {"intake": {"$ref": "urn:imrbot:schema:intake:1"}}`),
		slices.Concat([]byte(`"$defs": {"intake": `), bytes.TrimSpace(schema), []byte("}")), 1)
}
