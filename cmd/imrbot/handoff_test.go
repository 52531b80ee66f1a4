package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"imrbot/bot"
	"imrbot/bot/bolt"
	"imrbot/dialog"
)

// runCommand runs a command of the program and returns what it wrote.
func runCommand(t *testing.T, args ...string) (out, notices string, err error) {
	t.Helper()
	cmd := newRootCommand()
	var stdout, stderr bytes.Buffer
	cmd.SetOut(&stdout)
	cmd.SetErr(&stderr)
	cmd.SetArgs(args)
	err = cmd.ExecuteContext(t.Context())
	return stdout.String(), stderr.String(), err
}

// lostIn makes a store in which n messages to the operator's system were given
// up, and one message to an enrollee, and returns its folder.
func lostIn(t *testing.T, n int) string {
	t.Helper()
	data := t.TempDir()
	store, err := bolt.Open(filepath.Join(data, storeFile), bolt.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	for i := range n {
		chat := bot.ChatKey(fmt.Sprint("telegram:", i))
		turn := bot.Turn{Chat: chat, Key: bot.InKey(fmt.Sprint("in:", i)), At: time.Now(), State: dialog.State{Lang: "en"}, Rows: []bot.Outgoing{
			{Chat: chat, Say: dialog.Say{Text: "Rosa is told something"}},
			{Chat: chat, Handoff: &bot.Handoff{Key: fmt.Sprint("KEY", i), Ref: fmt.Sprintf("A-2026-%06d", i+1), Event: bot.HandoffSubmitted, At: time.Date(2026, 6, 1, 12, i, 0, 0, time.UTC)}},
		}}
		keys, err := store.Commit(t.Context(), turn)
		if err != nil {
			t.Fatal(err)
		}
		for _, key := range keys {
			if err := store.Settle(t.Context(), key, bot.Outcome{Dead: true, Reason: "the receiver answered with status 404"}); err != nil {
				t.Fatal(err)
			}
		}
	}
	return data
}

func waitingIn(t *testing.T, data string) []string {
	t.Helper()
	store, err := bolt.Open(filepath.Join(data, storeFile), bolt.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	if err := store.Check(t.Context()); err != nil {
		t.Errorf("the store is not whole: %v", err)
	}
	rows, err := store.Pending(t.Context(), 0, 1000)
	if err != nil {
		t.Fatal(err)
	}
	var keys []string
	for _, row := range rows {
		keys = append(keys, row.Handoff.Key)
	}
	return keys
}

func TestWhatWasGivenUpIsListedAndPutBackInItsOrder(t *testing.T) {
	data := lostIn(t, 4)
	out, _, err := runCommand(t, "handoff", "list", "--json", "--data", data)
	var list []lostNews
	if err == nil {
		err = json.Unmarshal([]byte(out), &list)
	}
	if err != nil || len(list) != 4 {
		t.Fatalf("%v\n%s", err, out)
	}
	if n := list[1]; n.Ref != "A-2026-000002" || n.Event != bot.HandoffSubmitted || n.Reason != "the receiver answered with status 404" || n.Key != "KEY1" {
		t.Errorf("%+v", n)
	}
	shown, _, err := runCommand(t, "handoff", "list", "--data", data)
	if err != nil || !strings.Contains(shown, "A-2026-000002") || strings.Contains(shown+out, "Rosa") || strings.Contains(shown+out, "telegram:") {
		t.Errorf("%v\n%s", err, shown)
	}
	out, _, err = runCommand(t, "handoff", "replay", fmt.Sprint(list[2].Number), "--data", data)
	if err != nil || out != "1 put back; sent when the bot runs\n" {
		t.Errorf("%q, %v", out, err)
	}
	out, _, err = runCommand(t, "handoff", "replay", "--all", "--data", data)
	if err != nil || out != "3 put back; sent when the bot runs\n" {
		t.Errorf("%q, %v", out, err)
	}
	if got := waitingIn(t, data); !slices.Equal(got, []string{"KEY2", "KEY0", "KEY1", "KEY3"}) {
		t.Errorf("waiting: %q", got)
	}
	out, _, err = runCommand(t, "handoff", "list", "--data", data)
	if err != nil || out != "nothing was given up\n" {
		t.Errorf("%q, %v", out, err)
	}
	if out, _, err = runCommand(t, "handoff", "list", "--json", "--data", data); err != nil || out != "[]\n" {
		t.Errorf("%q, %v", out, err)
	}
}

func TestTheStoreOfAConfigurationIsFound(t *testing.T) {
	data := lostIn(t, 1)
	path := file(t, "my.toml", fmt.Sprintf("[store]\npath = %q\n", filepath.Join(data, storeFile)))
	if out, _, err := runCommand(t, "handoff", "replay", "--all", "--config", path); err != nil || out != "1 put back; sent when the bot runs\n" {
		t.Errorf("%q, %v", out, err)
	}
}

func TestWhatHandoffCannotDoIsBadInputAndChangesNothing(t *testing.T) {
	data := lostIn(t, 1)
	elsewhere := file(t, "my.toml", fmt.Sprintf("[store]\npath = %q\n", filepath.Join(t.TempDir(), "none.db")))
	for _, test := range []struct {
		args []string
		want string
	}{
		{[]string{"replay", "--data", data}, "give the number of one message"},
		{[]string{"replay", "1", "--all", "--data", data}, "give the number of one message"},
		{[]string{"replay", "1", "2", "--data", data}, "give the number of one message"},
		{[]string{"replay", "A-2026-000001", "--data", data}, "is no number"},
		{[]string{"replay", "0", "--data", data}, "is no number"},
		{[]string{"replay", "77", "--data", data}, "no message with the number 77"},
		{[]string{"replay", "1", "--data", data}, "no message with the number 1"}, // what an enrollee was told is not replayed here
		{[]string{"list", "--data", t.TempDir()}, "there is no store"},
		{[]string{"list", "--config", elsewhere}, "see [store] path"},
		{[]string{"list", "--config", elsewhere, "--data", data}, "give one of them"},
		{[]string{"list", "more"}, "takes no argument"},
		{[]string{"test", "--config", elsewhere}, "set [handoff] webhook_url"},
	} {
		_, _, err := runCommand(t, append([]string{"handoff"}, test.args...)...)
		var bad usageError
		if !errors.As(err, &bad) || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%q: %v, want %q", test.args, err, test.want)
		}
	}
	if got := waitingIn(t, data); len(got) != 0 {
		t.Errorf("waiting: %q", got)
	}
}

func TestWhileTheBotRunsItsStoreIsSaidToBeInUse(t *testing.T) {
	data := lostIn(t, 1)
	store, err := bolt.Open(filepath.Join(data, storeFile), bolt.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	for _, args := range [][]string{{"list"}, {"replay", "--all"}} {
		_, _, err := runCommand(t, append([]string{"handoff", "--data", data}, args...)...)
		if !errors.Is(err, bolt.ErrBusy) || !strings.Contains(err.Error(), "imrbot run has it") {
			t.Errorf("%q: %v", args, err)
		}
	}
}

func TestATestMessageTellsWhatCameBack(t *testing.T) {
	status := http.StatusNoContent
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Imrbot-Signature") == "" {
			t.Error("it is not signed")
		}
		w.WriteHeader(status)
	}))
	defer server.Close()
	path := file(t, "my.toml", fmt.Sprintf("[handoff]\nwebhook_url = %q\nwebhook_secret = \"sixteen letters!\"\n", server.URL+"/?k=hidden"))
	if err := os.Chmod(path, 0o600); err != nil {
		t.Fatal(err)
	}
	out, notices, err := runCommand(t, "handoff", "test", "--config", path)
	if err != nil || !strings.HasPrefix(out, "your system took the ping: status 204 after ") {
		t.Errorf("%q %q, %v", out, notices, err)
	}
	status = http.StatusForbidden
	_, notices, err = runCommand(t, "handoff", "test", "--config", path)
	if err == nil || err.Error() != "your system did not take the ping: the receiver answered with status 403" || strings.Contains(notices, "hidden") {
		t.Errorf("%q, %v", notices, err)
	}
	server.Close()
	_, _, err = runCommand(t, "handoff", "test", "--config", path)
	if err == nil || err.Error() != "your system did not take the ping: the receiver cannot be reached" {
		t.Error(err)
	}
}

func TestTheSchemaOfAMessageStandsAlone(t *testing.T) {
	out, _, err := runCommand(t, "handoff", "schema")
	if err != nil || !json.Valid([]byte(out)) || strings.Count(out, `"$id"`) != 2 {
		t.Errorf("%v\n%s", err, out)
	}
}
