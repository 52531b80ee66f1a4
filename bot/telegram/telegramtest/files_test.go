package telegramtest

import (
	"bytes"
	"encoding/json"
	"io"
	"mime/multipart"
	"net/http"
	"testing"
	"time"
)

// download fetches a file as a bot does.
func download(t *testing.T, s *Server, path string) (int, []byte, error) {
	t.Helper()
	resp, err := http.Get(s.URL() + "/file/bot" + s.Token() + "/" + path)
	if err != nil {
		return 0, nil, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	return resp.StatusCode, body, err
}

func fileOf(t *testing.T, s *Server, id string) wireFile {
	t.Helper()
	var f wireFile
	if err := json.Unmarshal(must(t, s, "getFile", fields{"file_id": id}).Result, &f); err != nil {
		t.Fatal(err)
	}
	return f
}

func TestAFileIsFetchedByItsPath(t *testing.T) {
	s := start(t, Quick())
	u := s.User(5, "es")
	data := []byte("%PDF-1.7 a letter of the plan")
	u.SendDocument("Carta.PDF", "application/pdf", data)
	doc := updates(t, s, nil)[0].Message.Document
	f := fileOf(t, s, doc.FileID)
	if f.FilePath == "" || f.FileSize != int64(len(data)) || doc.FileName != "Carta.PDF" {
		t.Fatalf("file %+v of %+v", f, doc)
	}
	if again := fileOf(t, s, doc.FileID); again != f {
		t.Errorf("another path: %+v", again)
	}
	code, got, err := download(t, s, f.FilePath)
	if err != nil || code != 200 || !bytes.Equal(got, data) {
		t.Errorf("download: %d %q %v", code, got, err)
	}
	s.Inject(Fault{Kind: CutBody, Method: "file"})
	if _, got, err := download(t, s, f.FilePath); err == nil {
		t.Errorf("a cut download came whole: %q", got)
	}
	if code, _, _ := download(t, s, f.FilePath+"x"); code != 404 {
		t.Errorf("an unknown path: %d", code)
	}
	refused(t, s, "getFile", fields{"file_id": "x"}, 400, "Bad Request: wrong file_id or the file is temporarily unavailable")
}

func TestAFileOver20MBCannotBeFetched(t *testing.T) {
	s := start(t, Quick())
	u := s.User(5, "es")
	u.SendHugeDocument("scan.pdf", "application/pdf", 20<<20+1)
	u.SendHugeDocument("scan.pdf", "application/pdf", 20<<20)
	got := updates(t, s, nil)
	refused(t, s, "getFile", fields{"file_id": got[0].Message.Document.FileID}, 400, "Bad Request: file is too big")
	fileOf(t, s, got[1].Message.Document.FileID)
}

func TestALinkToAFileExpires(t *testing.T) {
	o := Quick()
	o.FileLinkTTL = time.Nanosecond
	s := start(t, o)
	s.User(5, "es").SendDocument("a.txt", "text/plain", []byte("x"))
	f := fileOf(t, s, updates(t, s, nil)[0].Message.Document.FileID)
	if code, _, err := download(t, s, f.FilePath); err != nil || code != 404 {
		t.Errorf("an old link: %d %v", code, err)
	}
}

func TestABotSendsAFile(t *testing.T) {
	s := start(t, Quick())
	u := ana(t, s)
	upload := func(method string, parts map[string]string, file string) reply {
		var b bytes.Buffer
		w := multipart.NewWriter(&b)
		for k, v := range parts {
			w.WriteField(k, v)
		}
		part, _ := w.CreateFormFile(file, "summary.pdf")
		part.Write([]byte("%PDF"))
		w.Close()
		req, err := http.NewRequest("POST", s.URL()+"/bot"+s.Token()+"/"+method, &b)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", w.FormDataContentType())
		r, err := send(req)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	for _, r := range []reply{
		upload("sendDocument", map[string]string{"chat_id": "1001", "caption": "<b>Yours</b>", "parse_mode": "HTML"}, "document"),
		upload("sendPhoto", map[string]string{"chat_id": "1001", "photo": "attach://pic"}, "pic"),
	} {
		if !r.OK {
			t.Fatalf("%+v", r)
		}
	}
	got := u.Replies()
	if got[0].Kind != "document" || got[0].Text != "Yours" || got[0].File.Name != "summary.pdf" || string(s.FileData(got[0].File.ID)) != "%PDF" {
		t.Errorf("document %+v", got[0])
	}
	if got[1].Kind != "photo" || string(s.FileData(got[1].File.ID)) != "%PDF" {
		t.Errorf("photo %+v", got[1])
	}
	must(t, s, "sendDocument", fields{"chat_id": 1001, "document": got[0].File.ID})
	must(t, s, "editMessageCaption", fields{"chat_id": 1001, "message_id": got[0].ID, "caption": "Mine"})
	refused(t, s, "editMessageText", fields{"chat_id": 1001, "message_id": got[0].ID, "text": "x"}, 400, "Bad Request: there is no text in the message to edit")
	refused(t, s, "sendDocument", fields{"chat_id": 1001}, 400, "Bad Request: there is no document in the request")
	refused(t, s, "sendDocument", fields{"chat_id": 1001, "document": "nofile"}, 400, "Bad Request: wrong file identifier/HTTP URL specified")
}

func TestTheBytesOfFilesAreBounded(t *testing.T) {
	o := Quick()
	o.MaxFileBytes = 100
	s := start(t, o)
	u := s.User(5, "es")
	for range 3 {
		u.SendDocument("a", "text/plain", make([]byte, 60))
	}
	all := u.Transcript()
	if s.FileData(all[0].File.ID) != nil || s.FileData(all[2].File.ID) == nil {
		t.Error("the oldest file should go, and the newest stay")
	}
}
