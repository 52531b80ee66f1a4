package slacktest

import (
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"path"
	"strings"
	"time"
)

// file is one upload. Its content does not change once it is there.
type file struct {
	server            *Server
	id, name, title   string
	user              string
	length            int64 // as announced
	content           []byte
	uploaded, deleted bool
	made              time.Time
}

type fileStore struct {
	all   map[string]*file
	total int64
}

func (fs *fileStore) init() { fs.all = map[string]*file{} }

// File is a file as a person sees it.
type File struct {
	ID, Name, Title, MimeType string
	Size                      int64
	URLPrivate                string
}

func (f *file) kind() (mimetype, filetype string) {
	mimetype, _, _ = mime.ParseMediaType(mime.TypeByExtension(path.Ext(f.name)))
	filetype = strings.TrimPrefix(path.Ext(f.name), ".")
	return orDefault(mimetype, "application/octet-stream"), orDefault(filetype, "binary")
}

func (f *file) address() string {
	return fmt.Sprintf("%s/files-pri/%s-%s/%s", f.server.base, TeamID, f.id, url.PathEscape(f.name))
}

func (f *file) wire() answer {
	mimetype, filetype := f.kind()
	w := answer{
		"id": f.id, "created": f.made.Unix(), "timestamp": f.made.Unix(), "name": f.name, "title": f.title,
		"mimetype": mimetype, "filetype": filetype, "pretty_type": strings.ToUpper(filetype), "user": f.user, "user_team": TeamID,
		"mode": "hosted", "size": len(f.content), "is_external": false, "is_public": false, "file_access": "visible",
		"url_private": f.address(), "url_private_download": f.address(), "permalink": f.server.base + "/files/" + f.id,
	}
	if f.deleted {
		return answer{"id": f.id, "mode": "tombstone"}
	}
	return w
}

func (f *file) view() File {
	mimetype, _ := f.kind()
	return File{f.id, f.name, f.title, mimetype, int64(len(f.content)), f.address()}
}

func (s *Server) newFile(user, name, title string) *file {
	f := &file{server: s, id: s.newID("F"), name: name, title: orDefault(title, name), user: user, made: time.Now()}
	s.files.all[f.id] = f
	return f
}

func (s *Server) filesInfo(c *call) (answer, *apiError) {
	f := s.files.all[c.args.str("file")]
	switch {
	case f == nil || !f.uploaded:
		return nil, failed("file_not_found")
	case f.deleted:
		return nil, failed("file_deleted")
	}
	return answer{"file": f.wire(), "comments": []any{}, "paging": answer{"count": 0, "total": 0, "page": 1, "pages": 0}}, nil
}

func (s *Server) filesGetUploadURL(c *call) (answer, *apiError) {
	name, length := c.args.str("filename"), c.args.integer("length", 0, 1<<30)
	if name == "" || length == 0 {
		return nil, failed("invalid_arguments", "missing required field: filename, length")
	}
	if s.files.total+int64(length) > s.opt.MaxFileBytes {
		return nil, failed("storage_limit_reached")
	}
	s.files.total += int64(length) // given away with the URL, so that it is bounded
	f := s.newFile(BotUserID, name, "")
	f.length = int64(length)
	return answer{"upload_url": s.base + "/upload/" + f.id, "file_id": f.id}, nil
}

// serveUpload takes the bytes of a file, plain or as a form. The address is
// its own key: no token is asked for.
func (s *Server) serveUpload(w http.ResponseWriter, r *http.Request, c *call) {
	c.method.name, c.rec.Method = "upload", "upload"
	content, err := uploadBody(r, s.opt.MaxFileBytes)
	s.mu.Lock()
	f := s.files.all[strings.TrimPrefix(r.URL.Path, "/upload/")]
	fault, going := s.begin(w, c)
	if !going {
		return
	}
	if err != nil || f == nil || f.uploaded || int64(len(content)) != f.length {
		s.record(c, Refused, http.StatusBadRequest, nil)
		s.mu.Unlock()
		http.Error(w, "upload failed", http.StatusBadRequest)
		return
	}
	f.content, f.uploaded = content, true
	s.finish(w, c, fault, "text/plain", fmt.Appendf(nil, "OK - %d", len(content)))
}

func uploadBody(r *http.Request, most int64) ([]byte, error) {
	body := io.Reader(r.Body)
	kind, params, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if kind == "multipart/form-data" {
		part, err := multipart.NewReader(r.Body, params["boundary"]).NextPart()
		if err != nil {
			return nil, err
		}
		body = part
	}
	return io.ReadAll(io.LimitReader(body, most))
}

func (s *Server) filesCompleteUpload(c *call) (answer, *apiError) {
	var named []struct{ ID, Title string }
	if json.Unmarshal(c.args.raw("files"), &named) != nil || len(named) == 0 {
		return nil, failed("invalid_arguments", "missing required field: files")
	}
	m := &message{user: BotUserID, botID: BotID, subtype: "file_share", threadTS: c.args.str("thread_ts")}
	var all []answer
	for _, n := range named {
		f := s.files.all[n.ID]
		if f == nil || !f.uploaded {
			return nil, failed("file_not_found")
		}
		f.title = orDefault(n.Title, f.title)
		m.files = append(m.files, f)
		all = append(all, f.wire())
	}
	ids := append(c.args.list("channels"), c.args.str("channel_id"))
	for _, id := range ids {
		if id == "" {
			continue
		}
		ch, err := s.joined(id)
		if err != nil {
			return nil, err
		}
		shared := *m
		shared.channel, shared.text = ch, fromBot(c.args.str("initial_comment"))
		c.rec.Channel = ch.id
		s.share(&shared)
		c.rec.TS = shared.ts
	}
	return answer{"files": all}, nil
}

// share puts a message with files into its channel, and tells of both.
func (s *Server) share(m *message) {
	s.add(m)
	s.emitMessage(m)
	for _, f := range m.files {
		if !m.channel.has(BotUserID) {
			break
		}
		s.emit("file_shared", "", m.channel.id, m.ts, answer{
			"channel_id": m.channel.id, "file_id": f.id, "user_id": f.user, "file": answer{"id": f.id},
		})
	}
}

// serveFile gives a private file to who has the token, and sends anybody else
// to the sign-in page.
func (s *Server) serveFile(w http.ResponseWriter, r *http.Request, c *call) {
	c.method.name, c.rec.Method = "file", "file"
	id, _, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/files-pri/"+TeamID+"-"), "/")
	s.mu.Lock()
	fault, going := s.begin(w, c)
	if !going {
		return
	}
	f := s.files.all[id]
	allowed := r.Header.Get("Authorization") == "Bearer "+s.opt.BotToken
	if f == nil || !f.uploaded || f.deleted || !allowed {
		status := http.StatusFound
		if allowed {
			status = http.StatusNotFound
		}
		s.record(c, Refused, status, nil)
		s.mu.Unlock()
		if allowed {
			http.NotFound(w, r)
		} else {
			http.Redirect(w, r, "/?redir="+url.QueryEscape(r.URL.EscapedPath()), status)
		}
		return
	}
	mimetype, _ := f.kind()
	s.finish(w, c, fault, mimetype, f.content)
}

// begin draws the fault of a request that is no API call. Unless it goes on,
// it was answered and the lock is released.
func (s *Server) begin(w http.ResponseWriter, c *call) (f Fault, going bool) {
	if s.down {
		s.record(c, Refused, http.StatusServiceUnavailable, nil)
		s.mu.Unlock()
		unavailable(w)
		return f, false
	}
	f = s.faults.draw(c.method.name, "", "")
	c.rec.Fault = f.Kind
	if f.Kind.before() {
		s.refuse(w, c, f)
		return f, false
	}
	return f, true
}

// finish records such a request as applied, unlocks, and answers or loses the
// answer.
func (s *Server) finish(w http.ResponseWriter, c *call, f Fault, kind string, body []byte) {
	outcome := Applied
	if f.Kind.hidden() {
		outcome = AppliedUnseen
	}
	s.record(c, outcome, http.StatusOK, nil)
	s.signal()
	s.mu.Unlock()
	switch f.Kind {
	case ResetAfter:
		reset(w)
		return
	case CutBody:
		cut(w, body)
		return
	case GatewayTimeout, InternalErrorAfter, FatalErrorAfter:
		htmlError(w, http.StatusGatewayTimeout)
		return
	case Slow:
		wait(c.ctx, f.Delay)
	}
	w.Header().Set("Content-Type", kind)
	w.Write(body)
}
