package imr_test

import (
	"fmt"
	"strings"
	"testing"

	"imrbot/dialog"
)

// told joins what was said to the enrollee.
func told(effects []dialog.Effect) string {
	var texts []string
	for _, effect := range effects {
		if say, ok := effect.(dialog.Say); ok {
			texts = append(texts, say.Text)
		}
	}
	return strings.Join(texts, "\n")
}

func TestAnAlbumThatIsTooLargeIsToldSoOnce(t *testing.T) {
	c := newTalk(t, "en")
	for n := range 18 {
		c.step(dialog.Sent{Head: c.head, File: dialog.File{ID: fmt.Sprint("single", n), Name: "a.jpg"}})
	}
	said := 0
	for n := range 6 {
		effects := c.step(dialog.Sent{Head: c.head, Group: "7", File: dialog.File{ID: fmt.Sprint("album", n), Name: "b.jpg"}})
		said += strings.Count(told(effects), "I can keep 20 files")
	}
	if len(c.state.Files) != 20 || said != 1 {
		t.Errorf("%d files are kept, and it was said %d times that no more can be; want 20 and once", len(c.state.Files), said)
	}
	if effects := c.step(dialog.Sent{Head: c.head, Group: "8", File: dialog.File{ID: "other"}}); !strings.Contains(told(effects), "I can keep 20 files") {
		t.Error("another album was not told that no more can be kept")
	}
}

func TestANumberGivenByAButtonDoesNotEndACrisisPause(t *testing.T) {
	c := newTalk(t, "en")
	c.toThe("phone")
	c.step(dialog.Said{Head: c.head, Text: "i want to die", Reading: dialog.Reading{Kind: dialog.ReadCrisis}})
	effects := c.step(dialog.Shared{Head: c.head, Phone: "+14155550123"})
	if p := c.state.Pending; p == nil || p.Kind != dialog.PendingPause || !strings.Contains(told(effects), "988") {
		t.Errorf("the pause ended: %v", told(effects))
	}
}
