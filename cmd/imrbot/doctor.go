package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"imrbot/bot"
	"imrbot/bot/bolt"
	"imrbot/bot/telegram"
	"imrbot/cmd/imrbot/config"
)

// finding is one thing the doctor looked at.
type finding struct {
	// State is "ok", "note" (works, but look), or "wrong".
	State  string `json:"state"`
	What   string `json:"what"`
	Says   string `json:"says"`
	Remedy string `json:"remedy,omitempty"`
}

const (
	stateOK    = "ok"
	stateNote  = "note"
	stateWrong = "wrong"

	// clockOff is how far the clock may be off: a reminder or a signature is
	// wrong by as much.
	clockOff = 30 * time.Second
	// diskLow is when to make room: a busy day's letters.
	diskLow = 1 << 30
)

func newDoctorCommand() *cobra.Command {
	var path string
	var asJSON, leftovers bool
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Look at everything the bot needs, and say what is wrong and what to do",
		Long: "Looks at the configuration, the token and webhook at Telegram, the clock, the key, the store, the disk, and\n" +
			"what could not be delivered or read. Ends with status 1 when something is wrong. While the bot runs, it is\n" +
			"asked what is left over, and its store is not checked.",
		Example: "  imrbot doctor --config config.toml",
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			d := &doctor{}
			if live, ok := liveIn(cmd); ok && leftovers {
				d.leftovers(cmd.Context(), live.store)
				return writeJSON(cmd.OutOrStdout(), d.findings)
			}
			var err error
			if d.cfg, err = loadConfig(configPath(path), os.Environ(), cmd.ErrOrStderr()); err != nil {
				return err
			}
			d.telegram(cmd.Context())
			d.clock(cmd.Context())
			d.disk()
			d.store(cmd)
			if asJSON {
				err = writeJSON(cmd.OutOrStdout(), d.findings)
			} else {
				err = d.print(cmd.OutOrStdout())
			}
			if err == nil && slices.ContainsFunc(d.findings, func(f finding) bool { return f.State == stateWrong }) {
				err = errors.New("something is wrong; see above")
			}
			return err
		},
	}
	addConfigFlag(cmd, &path)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print a JSON array of the findings")
	cmd.Flags().BoolVar(&leftovers, "leftovers", false, "")
	_ = cmd.Flags().MarkHidden("leftovers") // between a doctor and a running bot
	return alsoLive(cmd)
}

// doctor collects findings.
type doctor struct {
	cfg      *config.Config
	findings []finding
}

func (d *doctor) found(state, what, says, remedy string) {
	d.findings = append(d.findings, finding{state, what, says, remedy})
}

// telegram looks at the token and at how updates are delivered.
func (d *doctor) telegram(ctx context.Context) {
	t := d.cfg.Telegram
	if !t.On() {
		d.found(stateNote, "telegram", "is switched off", "put [telegram] token into the configuration")
		return
	}
	a, err := telegram.New(telegram.Config{Token: t.Token.Reveal(), APIURL: t.APIURL})
	if err != nil {
		d.found(stateWrong, "telegram", err.Error(), "put [telegram] token into the configuration")
		return
	}
	name, err := a.Identity(ctx)
	var failed *bot.SendError
	switch {
	case errors.As(err, &failed) && telegram.IsTokenRefused(err):
		d.found(stateWrong, "telegram token", "Telegram refuses it", "ask @BotFather for the right one and put it into [telegram] token")
		return
	case err != nil:
		d.found(stateWrong, "telegram", failed.Reason, "check the network, and [telegram] api_url")
		return
	}
	d.found(stateOK, "telegram token", "the bot is @"+name, "")
	d.webhook(ctx, a)
}

func (d *doctor) webhook(ctx context.Context, a *telegram.Adapter) {
	t := d.cfg.Telegram
	info, err := a.Webhook(ctx)
	if err != nil {
		d.found(stateWrong, "telegram webhook", "cannot be asked for", "try again")
		return
	}
	waiting := fmt.Sprintf("%d updates wait", info.PendingUpdateCount)
	switch {
	case t.Webhook() && info.URL != t.WebhookURL:
		d.found(stateNote, "telegram webhook", "is not set to [telegram] webhook_url; "+waiting, "start the bot: it sets it")
	case !t.Webhook() && info.URL != "":
		d.found(stateNote, "telegram webhook", "is set, although mode is polling; "+waiting, "start the bot: it takes it away")
	default:
		d.found(stateOK, "telegram webhook", "is as the mode wants it; "+waiting, "")
	}
	if info.LastErrorMessage != "" && t.Webhook() {
		when := time.Unix(int64(info.LastErrorDate), 0).UTC().Format(time.RFC3339)
		d.found(stateNote, "telegram webhook", "the last failed delivery, at "+when+": "+info.LastErrorMessage, "see that webhook_url is reachable from outside with a valid certificate")
	}
}

// clock compares the machine's clock with the API server's.
func (d *doctor) clock(ctx context.Context) {
	if !d.cfg.Telegram.On() {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodHead, d.cfg.Telegram.APIURL, nil)
	if err != nil {
		return // the finding about Telegram has said it
	}
	before := time.Now()
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return
	}
	resp.Body.Close()
	there, err := http.ParseTime(resp.Header.Get("Date"))
	if err != nil {
		return
	}
	off := before.Add(time.Since(before) / 2).Sub(there).Abs()
	if off > clockOff {
		d.found(stateWrong, "clock", fmt.Sprintf("is off by about %s", off.Round(time.Second)), "set it, and keep it set (NTP)")
		return
	}
	d.found(stateOK, "clock", "agrees with Telegram's", "")
}

func (d *doctor) disk() {
	folder := filepath.Dir(d.cfg.Store.Path)
	free, err := freeSpace(folder)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		d.found(stateNote, "disk", folder+" does not exist yet", "start the bot: it makes it")
	case err != nil:
		d.found(stateNote, "disk", "its free space cannot be read: "+err.Error(), "")
	case free < diskLow:
		d.found(stateWrong, "disk", fmt.Sprintf("%d MB free beside the store", free>>20), "make room: with a full disk the bot takes no messages")
	default:
		d.found(stateOK, "disk", fmt.Sprintf("%d GB free beside the store", free>>30), "")
	}
}

// store looks through the whole store; of a running bot's, it has the bot tell
// what is left over.
func (d *doctor) store(cmd *cobra.Command) {
	cfg := d.cfg.Store
	if _, err := os.Stat(cfg.Path); errors.Is(err, fs.ErrNotExist) {
		d.found(stateNote, "store", cfg.Path+" does not exist yet", "start the bot: it makes it")
		return
	}
	if runtime.GOOS != "windows" {
		if info, err := os.Stat(cfg.Path); err == nil && info.Mode().Perm()&0o077 != 0 {
			d.found(stateNote, "store", "other users of this machine can read the file", "chmod 600 "+cfg.Path)
		}
	}
	var told bytes.Buffer
	err := callLive(cmd.Context(), cfg.Path, []string{"doctor", "--leftovers", "--json"}, &told, io.Discard)
	if !errors.Is(err, errNobody) {
		d.found(stateOK, "store", "is in use by the running bot", "")
		var more []finding
		if err == nil {
			err = json.Unmarshal(told.Bytes(), &more)
		}
		if err != nil {
			d.found(stateNote, "store", "the running bot does not tell what is left over", "")
		}
		d.findings = append(d.findings, more...)
		return
	}
	d.closed(cmd.Context())
}

// closed opens a store that no bot is running on, and looks through it.
func (d *doctor) closed(ctx context.Context) {
	cfg := d.cfg.Store
	store, err := bolt.Open(cfg.Path, bolt.Options{KeyFile: cfg.KeyFile, ReadOnly: true, Notice: func(text string) {
		d.found(stateNote, "store", text, "")
	}})
	switch {
	case errors.Is(err, bolt.ErrBusy):
		d.found(stateOK, "store", "is in use by another command, and is not looked into", "")
		return
	case errors.Is(err, bolt.ErrKey):
		d.found(stateWrong, "key", err.Error(), "put back the copy you kept of the key file")
		return
	case err != nil:
		d.found(stateWrong, "store", err.Error(), "see the sentence; a backup can be restored")
		return
	}
	defer store.Close()
	d.found(stateOK, "key", "opens the store", "")
	if err := store.Check(ctx); err != nil {
		d.found(stateWrong, "store", err.Error(), "restore a backup; what is damaged cannot be read again")
	} else {
		d.found(stateOK, "store", "is whole: every value opens and belongs where it is", "")
	}
	d.leftovers(ctx, store)
}

// leftovers tells what waits, what was given up, and what could not be read.
func (d *doctor) leftovers(ctx context.Context, store *bolt.Store) {
	if n, err := store.Waiting(); err == nil {
		d.found(stateOK, "outbox", fmt.Sprintf("%d messages wait to be sent", n), "")
	}
	dead, err := store.Dead(ctx)
	if err != nil {
		d.found(stateWrong, "undelivered", err.Error(), "restore a backup")
	}
	for reason, n := range dead {
		d.found(stateNote, "undelivered", fmt.Sprintf("%d messages were given up: %s", n, reason), "")
	}
	reasons := map[string]int{}
	err = store.Quarantined(ctx, func(q bot.Quarantined) error {
		reasons[fmt.Sprintf("%s, %s, last on %s", q.Channel, q.Reason, q.At.UTC().Format(time.DateOnly))]++
		return nil
	})
	if err != nil {
		d.found(stateWrong, "quarantine", err.Error(), "restore a backup")
	}
	for reason, n := range reasons {
		d.found(stateNote, "quarantine", fmt.Sprintf("%d events could not be handled (%s)", n, reason), "a newer imrbot may know their form; the people have not been answered")
	}
	if len(reasons) == 0 && err == nil {
		d.found(stateOK, "quarantine", "is empty", "")
	}
}

// print writes the findings for people.
func (d *doctor) print(out io.Writer) error {
	slices.SortStableFunc(d.findings, func(a, b finding) int { return order(a.State) - order(b.State) })
	for _, f := range d.findings {
		if _, err := fmt.Fprintf(out, "%-6s%s: %s\n", f.State, f.What, f.Says); err != nil {
			return err
		}
		if f.Remedy != "" {
			if _, err := fmt.Fprintf(out, "      → %s\n", f.Remedy); err != nil {
				return err
			}
		}
	}
	return nil
}

// order puts what is wrong first.
func order(state string) int { return slices.Index([]string{stateWrong, stateNote, stateOK}, state) }
