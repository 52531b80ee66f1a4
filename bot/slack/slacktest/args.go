package slacktest

import (
	"bytes"
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// maxBody is the size of the largest request that is read.
const maxBody = 4 << 20

// args are the parameters of a call, from a form, a query or a JSON object.
type args struct {
	form      url.Values
	body      map[string]json.RawMessage
	noCharset bool // JSON without a charset, which Slack warns of
}

// read fills the call's arguments and token. A token belongs into the header,
// or into the form; not into JSON.
func (c *call) read(r *http.Request) *apiError {
	c.token, _ = strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	c.args.form = r.URL.Query()
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody+1))
	if err != nil {
		return failed("request_timeout")
	}
	if len(body) > maxBody {
		return failed("request_too_large")
	}
	kind, params, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	switch {
	case kind == "application/json" && len(body) > 0:
		c.args.noCharset = params["charset"] == ""
		err = json.Unmarshal(body, &c.args.body)
		if err != nil {
			return failed("invalid_json")
		}
		if c.method.run != nil && !c.method.json {
			c.args.body = nil // a method that reads forms only sees no arguments
		}
	case kind == "application/json" || len(body) == 0:
	case kind == "application/x-www-form-urlencoded":
		values, err := url.ParseQuery(string(body))
		if err != nil {
			return failed("invalid_form_data")
		}
		for k, v := range values {
			c.args.form[k] = append(c.args.form[k], v...)
		}
	case kind == "multipart/form-data":
		r.Body = io.NopCloser(bytes.NewReader(body))
		if err := r.ParseMultipartForm(maxBody); err != nil {
			return failed("invalid_form_data")
		}
		for k, v := range r.MultipartForm.Value {
			c.args.form[k] = append(c.args.form[k], v...)
		}
	default:
		return failed("invalid_post_type")
	}
	if c.token == "" {
		c.token = c.args.form.Get("token")
	}
	return nil
}

func (a args) has(name string) bool {
	_, inBody := a.body[name]
	return inBody || a.form.Has(name)
}

// str is a parameter as text, "" when it is absent or null.
func (a args) str(name string) string {
	raw, ok := a.body[name]
	if !ok {
		return a.form.Get(name)
	}
	var text string
	if json.Unmarshal(raw, &text) == nil { // null too
		return text
	}
	return string(raw)
}

// raw is a parameter that is JSON: written out in a JSON body, or as a string.
func (a args) raw(name string) json.RawMessage {
	if raw, ok := a.body[name]; ok && len(raw) > 0 && raw[0] != '"' {
		return raw
	}
	return json.RawMessage(a.str(name))
}

func (a args) flag(name string) bool {
	switch a.str(name) {
	case "1", "true", "True", "TRUE":
		return true
	}
	return false
}

// integer is a whole number within bounds; def when absent or outside.
func (a args) integer(name string, def, most int) int {
	n, err := strconv.Atoi(a.str(name))
	if err != nil || n < 1 {
		return def
	}
	return min(n, most)
}

// list is a parameter of ids joined by commas, or a JSON array of them.
func (a args) list(name string) []string {
	var all []string
	if json.Unmarshal(a.raw(name), &all) == nil && len(all) > 0 {
		return all
	}
	for _, id := range strings.Split(a.str(name), ",") {
		if id = strings.TrimSpace(id); id != "" {
			all = append(all, id)
		}
	}
	return all
}
