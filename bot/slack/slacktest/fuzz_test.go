package slacktest

import (
	"encoding/json"
	"testing"
)

// What Slack keeps of a bot's text, it keeps when it is sent again; and a
// person's text reads as it was typed.
func FuzzText(f *testing.F) {
	for _, text := range []string{"a & b", "<@U1> <b>", "https://a.org/x?a=1&b=2.", "<https://a.org|x>", "&amp;lt;", ">> hi @Rosa", "ñ<é&"} {
		f.Add(text)
	}
	s, err := New(Quick())
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { s.Close() })
	s.Staff("U1", "Rosa", true)
	f.Fuzz(func(t *testing.T, text string) {
		if kept := fromBot(text); fromBot(kept) != kept {
			t.Errorf("%q is kept as %q, and that as %q", text, kept, fromBot(kept))
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		s.shown(s.fromPerson(text))
	})
}

// Blocks of any form are refused or complete: every element can be found by
// its name, and the blocks can be sent again.
func FuzzBlocks(f *testing.F) {
	for _, text := range []string{
		`[{"type":"section","text":{"type":"mrkdwn","text":"x"},"accessory":{"type":"button","text":{"type":"plain_text","text":"y"}}}]`,
		`[{"type":"actions","elements":[{"type":"static_select","options":[{"text":{"type":"plain_text","text":"y"},"value":"z"}]}]}]`,
		`[{"type":"input","label":{"type":"plain_text","text":"l"},"element":{"type":"plain_text_input"}}]`, `[null]`, `{}`, `[{"type":3}]`,
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		blocks, err := parseBlocks(json.RawMessage(text), surfaceModal)
		if err != nil || blocks == nil {
			return
		}
		shownBlocks(blocks)
		buttons(blocks)
		if _, err := parseBlocks(mustJSON(blocks), surfaceModal); err != nil {
			t.Errorf("completed blocks are refused: %v\n%s", err.messages, mustJSON(blocks))
		}
		for _, b := range blocks {
			for _, e := range elements(b) {
				if interactive(e) && str(e, "action_id") == "" {
					t.Errorf("an element without a name in %s", mustJSON(blocks))
				}
			}
		}
	})
}
