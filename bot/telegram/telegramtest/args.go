package telegramtest

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"
)

// maxBody bounds one request: an upload may have 50 MB.
const maxBody = 52 << 20

// maxUpload is the largest file a bot may send, in bytes.
const maxUpload = 50 << 20

type upload struct {
	name, mime string
	data       []byte
}

// args are the parameters of one call. As in the Bot API every value is text;
// what came as a JSON object or number is kept as its JSON.
type args struct {
	text  map[string]string
	files map[string]upload
}

// readArgs takes the parameters from the query string and from a body in any
// of the four forms the Bot API knows.
func readArgs(r *http.Request) (args, *apiError) {
	a := args{text: map[string]string{}, files: map[string]upload{}}
	body, err := io.ReadAll(http.MaxBytesReader(nil, r.Body, maxBody))
	if err != nil {
		var tooBig *http.MaxBytesError
		if errors.As(err, &tooBig) {
			return a, &apiError{Code: 413, Description: "Request Entity Too Large"}
		}
		return a, badRequest("the body was cut")
	}
	a.addValues(r.URL.Query())
	kind, params, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	bad := false
	switch kind {
	case "application/json":
		bad = len(bytes.TrimSpace(body)) > 0 && !a.addJSON(body)
		if bad {
			return a, badRequest("can't parse request JSON object")
		}
	case "application/x-www-form-urlencoded":
		values, err := url.ParseQuery(string(body))
		bad = err != nil
		a.addValues(values)
	case "multipart/form-data":
		bad = len(body) > 0 && !a.addMultipart(body, params["boundary"])
	}
	if bad {
		return a, badRequest("can't parse the body of the request")
	}
	for _, v := range a.text {
		if !utf8.ValidString(v) {
			return a, badRequest("strings must be encoded in UTF-8")
		}
	}
	return a, nil
}

func (a args) addValues(values url.Values) {
	for k, v := range values {
		a.text[k] = v[0]
	}
}

func (a args) addJSON(body []byte) bool {
	var fields map[string]json.RawMessage
	if json.Unmarshal(body, &fields) != nil {
		return false
	}
	for k, raw := range fields {
		var s string
		switch {
		case string(raw) == "null":
		case json.Unmarshal(raw, &s) == nil:
			a.text[k] = s
		default:
			a.text[k] = string(raw)
		}
	}
	return true
}

func (a args) addMultipart(body []byte, boundary string) bool {
	parts := multipart.NewReader(bytes.NewReader(body), boundary)
	for {
		part, err := parts.NextPart()
		if err == io.EOF {
			return true
		}
		if err != nil {
			return false
		}
		data, err := io.ReadAll(part)
		if err != nil {
			return false
		}
		if part.FileName() == "" {
			a.text[part.FormName()] = string(data)
			continue
		}
		a.files[part.FormName()] = upload{part.FileName(), part.Header.Get("Content-Type"), data}
	}
}

func (a args) str(name string) string { return a.text[name] }

// integer is the number under name, def when absent or no number, kept within
// [least, most].
func (a args) integer(name string, def, least, most int64) int64 {
	n, err := strconv.ParseInt(strings.TrimSpace(a.text[name]), 10, 64)
	if err != nil {
		n = def
	}
	return min(max(n, least), most)
}

func (a args) boolean(name string) bool {
	switch strings.ToLower(strings.TrimSpace(a.text[name])) {
	case "true", "yes", "1":
		return true
	}
	return false
}

// object decodes JSON under name into v; found is false when there is none.
func (a args) object(name string, v any) (found bool, err error) {
	raw := strings.TrimSpace(a.text[name])
	if raw == "" || raw == "null" {
		return false, nil
	}
	return true, json.Unmarshal([]byte(raw), v)
}

// journal is what the journal keeps of the parameters: the text as JSON, of a
// file its name and size.
func (a args) journal() string {
	all := make(map[string]string, len(a.text)+len(a.files))
	for k, v := range a.text {
		all[k] = v
	}
	for k, f := range a.files {
		all[k] = "<file " + f.name + ", " + itoa(int64(len(f.data))) + " bytes>"
	}
	return string(mustJSON(all))
}
