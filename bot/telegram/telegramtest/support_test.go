package telegramtest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"
	"testing"
	"time"
)

// start runs a server for one test.
func start(t testing.TB, o Options) *Server {
	t.Helper()
	s, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

type reply struct {
	OK          bool            `json:"ok"`
	Result      json.RawMessage `json:"result"`
	Code        int             `json:"error_code"`
	Description string          `json:"description"`
	Parameters  struct {
		RetryAfter int   `json:"retry_after"`
		MigrateTo  int64 `json:"migrate_to_chat_id"`
	} `json:"parameters"`
}

type fields map[string]any

// try calls a method with a JSON body; err is one of the connection.
func try(s *Server, method string, f fields) (reply, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	return tryCtx(ctx, s, method, f)
}

func tryCtx(ctx context.Context, s *Server, method string, f fields) (reply, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.URL()+"/bot"+s.Token()+"/"+method, bytes.NewReader(mustJSON(f)))
	if err != nil {
		return reply{}, err
	}
	req.Header.Set("Content-Type", "application/json")
	return send(req)
}

func send(req *http.Request) (reply, error) {
	var r reply
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return r, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return r, err
	}
	if err := json.Unmarshal(body, &r); err != nil {
		return r, err
	}
	if !r.OK && r.Code != resp.StatusCode {
		return r, errors.New("error_code " + strconv.Itoa(r.Code) + ", status " + resp.Status)
	}
	return r, nil
}

// call is try where the connection must hold.
func callAPI(t testing.TB, s *Server, method string, f fields) reply {
	t.Helper()
	r, err := try(s, method, f)
	if err != nil {
		t.Fatalf("%s: %v", method, err)
	}
	return r
}

// must is callAPI where the call must succeed.
func must(t testing.TB, s *Server, method string, f fields) reply {
	t.Helper()
	r := callAPI(t, s, method, f)
	if !r.OK {
		t.Fatalf("%s %v: %d %s", method, f, r.Code, r.Description)
	}
	return r
}

// refused wants a call to fail with this code and description.
func refused(t testing.TB, s *Server, method string, f fields, code int, description string) reply {
	t.Helper()
	r := callAPI(t, s, method, f)
	if r.OK || r.Code != code || r.Description != description {
		t.Errorf("%s %v:\n got %d %q %s\nwant %d %q", method, f, r.Code, r.Description, r.Result, code, description)
	}
	return r
}

type seenUpdate struct {
	UpdateID int64            `json:"update_id"`
	Message  *wireMessage     `json:"message"`
	Edited   *wireMessage     `json:"edited_message"`
	Query    *wireQuery       `json:"callback_query"`
	Member   *json.RawMessage `json:"my_chat_member"`
}

func updates(t testing.TB, s *Server, f fields) []seenUpdate {
	t.Helper()
	var all []seenUpdate
	if err := json.Unmarshal(must(t, s, "getUpdates", f).Result, &all); err != nil {
		t.Fatal(err)
	}
	return all
}

func ids(all []seenUpdate) []int64 {
	got := []int64{}
	for _, u := range all {
		got = append(got, u.UpdateID)
	}
	return got
}

// sent sends a text and returns its id.
func sent(t testing.TB, s *Server, f fields) int64 {
	t.Helper()
	var m wireMessage
	if err := json.Unmarshal(must(t, s, "sendMessage", f).Result, &m); err != nil {
		t.Fatal(err)
	}
	return m.MessageID
}

func within(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	t.Cleanup(cancel)
	return ctx
}

func inline(data ...string) fields {
	var row []fields
	for _, d := range data {
		row = append(row, fields{"text": "[" + d + "]", "callback_data": d})
	}
	return fields{"inline_keyboard": [][]fields{row}}
}
