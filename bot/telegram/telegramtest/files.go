package telegramtest

import (
	"container/list"
	"fmt"
	"net/http"
	"path"
	"strings"
	"time"
	"unicode/utf8"
)

// maxDownload is the largest file a bot can fetch, in bytes.
const maxDownload = 20 << 20

// File is what a person or the bot sent.
type File struct {
	ID   string // file_id
	Name string
	MIME string
	Size int64 // in bytes
}

// storedFile is a file with its bytes. A file may be larger than its data: its
// size is then only told.
type storedFile struct {
	File
	unique string
	kind   string // the folder of its path
	data   []byte
	path   string    // that getFile gave out, "" for none
	until  time.Time // the path works
	age    *list.Element
}

// fileStore holds files up to a total of bytes.
type fileStore struct {
	byID   map[string]*storedFile
	byPath map[string]*storedFile
	order  *list.List // of *storedFile, oldest first
	total  int64
	next   int64
}

func (f *fileStore) init() {
	*f = fileStore{byID: map[string]*storedFile{}, byPath: map[string]*storedFile{}, order: list.New()}
}

// addFile stores a file. size counts when it is more than there is data. The
// caller holds the lock.
func (s *Server) addFile(kind, name, mime string, data []byte, size int64) *storedFile {
	fs := &s.files
	fs.next++
	unique := fmt.Sprintf("AgAD%08x", hash("file", itoa(fs.next))&0xffffffff) + itoa(fs.next)
	f := &storedFile{
		File:   File{ID: "BQACAgEAAxk" + unique, Name: name, MIME: mime, Size: max(size, int64(len(data)))},
		unique: unique, kind: kind, data: data,
	}
	fs.byID[f.ID] = f
	f.age = fs.order.PushBack(f)
	fs.total += int64(len(data))
	for fs.total > s.opt.MaxFileBytes && fs.order.Len() > 1 {
		old := fs.order.Remove(fs.order.Front()).(*storedFile)
		fs.total -= int64(len(old.data))
		delete(fs.byID, old.ID)
		delete(fs.byPath, old.path)
	}
	return f
}

func (f *storedFile) wire() wireFile {
	return wireFile{FileID: f.ID, FileUniqueID: f.unique, FileSize: f.Size}
}

// FileData returns the bytes of a file by its file_id, nil when there is none.
// The caller must not change them.
func (s *Server) FileData(id string) []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	if f := s.files.byID[id]; f != nil {
		return f.data
	}
	return nil
}

func getFile(s *Server, c *call) (any, *apiError) {
	id := c.args.str("file_id")
	f := s.files.byID[id]
	switch {
	case id == "":
		return nil, badRequest("file_id not specified")
	case f == nil:
		return nil, badRequest("wrong file_id or the file is temporarily unavailable")
	case f.Size > maxDownload:
		return nil, badRequest("file is too big")
	}
	if f.path == "" {
		ext := strings.ToLower(path.Ext(f.Name))
		s.nextID++
		f.path = fmt.Sprintf("%s/file_%d%s", f.kind, s.nextID, ext)
		s.files.byPath[f.path] = f
	}
	f.until = time.Now().Add(s.opt.FileLinkTTL)
	w := f.wire()
	w.FilePath = f.path
	return w, nil
}

// serveFile is a download; its method in the journal and for faults is "file".
func (s *Server) serveFile(w http.ResponseWriter, c *call, name string) {
	c.method.name = "file"
	c.rec = Call{At: c.started, Method: "file", Body: name}
	s.mu.Lock()
	fault := s.faults.draw("file", 0)
	c.rec.Fault = fault.Kind
	if fault.Kind.before() {
		s.refuse(w, c, fault)
		return
	}
	f := s.files.byPath[name]
	if f == nil || time.Now().After(f.until) {
		err := &apiError{Code: 404, Description: "Not Found"}
		s.record(c, Refused, nil, err)
		s.mu.Unlock()
		answer(w, nil, err)
		return
	}
	outcome := map[FaultKind]Outcome{ResetAfter: ResetAfterApply, CutBody: BodyCut}[fault.Kind]
	s.record(c, orDefault(outcome, Applied), nil, nil)
	data := f.data
	s.mu.Unlock()
	switch fault.Kind {
	case ResetAfter:
		reset(w)
	case CutBody:
		cut(w, data)
	default:
		if fault.Kind == Slow {
			wait(c.ctx, fault.Delay)
		}
		w.Header().Set("Content-Type", "application/octet-stream")
		w.Header().Set("Content-Length", itoa(int64(len(data))))
		w.Write(data)
	}
}

// inputFile is the file a call sends: uploaded under field, uploaded elsewhere
// and named with attach://, or one that is here already, by its file_id.
func (s *Server) inputFile(a args, field, kind string) (*storedFile, *apiError) {
	value := a.str(field)
	up, ok := a.files[field]
	if name, attached := strings.CutPrefix(value, "attach://"); attached && !ok {
		up, ok = a.files[name]
	}
	switch {
	case ok && len(up.data) == 0:
		return nil, badRequest("file must be non-empty")
	case ok && len(up.data) > maxUpload:
		return nil, &apiError{Code: 413, Description: "Request Entity Too Large"}
	case ok:
		return s.addFile(kind, up.name, up.mime, up.data, 0), nil
	case value == "":
		return nil, badRequest("there is no " + field + " in the request")
	}
	if f := s.files.byID[value]; f != nil {
		return f, nil
	}
	return nil, badRequest("wrong file identifier/HTTP URL specified")
}

func sendDocument(s *Server, c *call) (any, *apiError) {
	return s.sendFile(c, "document", "documents", func(w *wireMessage, f *storedFile) {
		w.Document = &wireDocument{f.wire(), f.Name, f.MIME}
	})
}

func sendPhoto(s *Server, c *call) (any, *apiError) {
	return s.sendFile(c, "photo", "photos", func(w *wireMessage, f *storedFile) {
		w.Photo = []wirePhoto{{f.wire(), 1280, 960}}
	})
}

func (s *Server) sendFile(c *call, field, kind string, put func(*wireMessage, *storedFile)) (any, *apiError) {
	caption, entities, err := textOf(c.args, "caption", "caption_entities")
	switch {
	case err != nil:
		return nil, err
	case utf8.RuneCountInString(caption) > maxCaption:
		return nil, badRequest("message caption is too long")
	}
	if _, err := s.chatFor(c); err != nil { // before the file is kept
		return nil, err
	}
	f, err := s.inputFile(c.args, field, kind)
	if err != nil {
		return nil, err
	}
	w := &wireMessage{Caption: caption, CaptionEntities: entities}
	put(w, f)
	return s.sendAs(c, w, f.File)
}
