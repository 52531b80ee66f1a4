package slacktest

import (
	"bytes"
	"strings"
	"testing"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/slackevents"
)

func TestStaffFileIsToldAndFetched(t *testing.T) {
	s := start(t, Quick())
	rosa := s.Staff("U1", "Rosa", true)
	a := connect(t, s)
	ts := must[string](t)(rosa.Post(DeskChannel, "card"))
	a.take(t)
	id := must[string](t)(rosa.Upload(ts, "letter.pdf", []byte("%PDF-1.7 letter")))
	ev := inner[slackevents.MessageEvent](t, a.take(t))
	if ev.SubType != "file_share" || ev.ThreadTimeStamp != ts || len(ev.Message.Files) != 1 || ev.Message.Files[0].ID != id {
		t.Errorf("message %+v", ev)
	}
	if ev := inner[slackevents.FileSharedEvent](t, a.take(t)); ev.FileID != id || ev.UserID != "U1" || ev.ChannelID != DeskChannel {
		t.Errorf("file_shared %+v", ev)
	}
	c := client(s)
	f, _, _, err := c.GetFileInfo(id, 0, 0)
	if err != nil || f.Name != "letter.pdf" || f.Mimetype != "application/pdf" || f.Size != 15 {
		t.Fatalf("file %+v, %v", f, err)
	}
	var got bytes.Buffer
	if err := c.GetFile(f.URLPrivateDownload, &got); err != nil || got.String() != "%PDF-1.7 letter" {
		t.Errorf("content %q, %v", got.String(), err)
	}
	if status, body := get(t, f.URLPrivate); status != 200 || !strings.Contains(body, "Sign in") {
		t.Errorf("without a token: %d %s", status, body)
	}
	if err := slack.New("xoxb-wrong", slack.OptionAPIURL(s.URL())).GetFile(f.URLPrivate, &got); err == nil || !strings.Contains(err.Error(), "sign-in") {
		t.Errorf("with a wrong token: %v", err)
	}
	s.Inject(Fault{Kind: SignInPage, Method: "file"})
	got.Reset()
	if err := c.GetFile(f.URLPrivate, &got); err != nil || !strings.Contains(got.String(), "<html>") {
		t.Errorf("the page itself: %q, %v", got.String(), err)
	}
	_, _, _, err = c.GetFileInfo("F0", 0, 0)
	want(t, err, "file_not_found")
}

func TestBotUploadsInThreeSteps(t *testing.T) {
	s := start(t, Quick())
	rosa, c := s.Staff("U1", "Rosa", true), client(s)
	ts := must[string](t)(rosa.Post(DeskChannel, "card"))
	sum, err := c.UploadFile(slack.UploadFileParameters{
		Reader: strings.NewReader("bytes of a photo"), FileSize: 16, Filename: "card.jpg", Title: "Their card",
		Channel: DeskChannel, ThreadTimestamp: ts, InitialComment: "They sent this.",
	})
	if err != nil || sum.ID == "" {
		t.Fatalf("%+v, %v", sum, err)
	}
	thread := rosa.Thread(ts)
	if len(thread) != 2 || len(thread[1].Files) != 1 || thread[1].Files[0].Title != "Their card" || thread[1].Shown != "They sent this." || !thread[1].Bot {
		t.Errorf("thread %+v", thread)
	}
	_, err = c.UploadFile(slack.UploadFileParameters{Reader: strings.NewReader("short"), FileSize: 16, Filename: "x.jpg", Channel: DeskChannel})
	if !status(400)(err) {
		t.Errorf("an upload of another length: %v", err)
	}
	_, err = c.CompleteUploadExternalContext(within(t), slack.CompleteUploadExternalParameters{Files: []slack.FileSummary{{ID: "F0"}}})
	want(t, err, "file_not_found")
	o := Quick()
	o.MaxFileBytes = 10
	small := client(start(t, o))
	_, err = small.UploadFile(slack.UploadFileParameters{Reader: strings.NewReader("bytes of a photo"), FileSize: 16, Filename: "x.jpg"})
	want(t, errOf(err), "storage_limit_reached")
}

// errOf takes the error out of what slack-go wraps around it.
func errOf(err error) error {
	for {
		u, ok := err.(interface{ Unwrap() error })
		if !ok {
			return err
		}
		err = u.Unwrap()
	}
}
