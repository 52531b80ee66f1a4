package config

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	_ "time/tzdata"
)

const token = "123456789:AAFqwertyuiopasdfghjklzxcvbnm_12345"

// folder is a new working directory with these files, readable by their owner only.
func folder(t *testing.T, files map[string]string) {
	t.Helper()
	t.Chdir(t.TempDir())
	for name, text := range files {
		if dir := filepath.Dir(name); dir != "." {
			if err := os.MkdirAll(dir, 0o700); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// mustLoad loads a configuration that has neither defects nor warnings.
func mustLoad(t *testing.T, path string, env ...string) *Config {
	t.Helper()
	c, warnings, err := Load(path, env)
	if err != nil || len(warnings) > 0 {
		t.Fatalf("warnings %v, error:\n%v", warnings, err)
	}
	return c
}

func lines(ws []Warning) []string {
	var out []string
	for _, w := range ws {
		out = append(out, w.String())
	}
	return out
}

func TestWithoutAnythingEveryDefaultHolds(t *testing.T) {
	c := mustLoad(t, "")
	if c.Telegram.On() || c.Handoff.On() || !c.HTTP.On() || c.Telegram.Webhook() {
		t.Errorf("a side is on or off by mistake: %+v", c)
	}
	if c.Desk.TimeZone.String() != "America/Los_Angeles" {
		t.Errorf("time zone %v", c.Desk.TimeZone)
	}
	c.Desk = Desk{}
	want := Config{
		Telegram:  Telegram{APIURL: "https://api.telegram.org", Mode: "polling"},
		Store:     Store{Path: "data/imrbot.db", KeyFile: "data/imrbot.db.key"},
		HTTP:      HTTP{Listen: "127.0.0.1:8080"},
		Reminders: Reminders{Enabled: true, Hours: Hours{9 * 60, 19 * 60}},
		Log:       Log{Level: "info", Format: "text"},
		origins:   map[string]origin{},
	}
	if !reflect.DeepEqual(*c, want) {
		t.Errorf("got  %+v\nwant %+v", *c, want)
	}
}

func TestEveryKeyOfTheFileIsTaken(t *testing.T) {
	folder(t, map[string]string{"kb/x": "", "iv/x": "", "config.toml": `
[operator]
name = "Salud del Valle"
is_department = true
[telegram]
token = "` + token + `"
api_url = "http://localhost:8081/"
mode = "webhook"
webhook_url = "https://bot.example.org/telegram"
webhook_secret = "abc-DEF_123"
[store]
path = "var/x.db"
key_file = "keys/x.key"
[http]
listen = "0.0.0.0:9000"
[reminders]
enabled = false
hours = "8:30-20:00"
[privacy]
retain_intakes = "7y"
retain_conversations = "18mo"
[handoff]
webhook_url = "http://127.0.0.1:9999/hook?a=b"
webhook_secret = "sixteen letters!"
[desk]
time_zone = "America/New_York"
[kb]
dir = "kb"
[interview]
dir = "iv"
[log]
level = "warn"
format = "json"
`})
	c := mustLoad(t, "config.toml")
	if zone := c.Desk.TimeZone.String(); zone != "America/New_York" {
		t.Errorf("time zone %s", zone)
	}
	if level := c.Log.SlogLevel(); level != slog.LevelWarn {
		t.Errorf("level %v", level)
	}
	c.Desk, c.origins = Desk{}, nil
	want := Config{
		Operator:  Operator{"Salud del Valle", true},
		Telegram:  Telegram{Secret{token}, "http://localhost:8081", "webhook", "https://bot.example.org/telegram", Secret{"abc-DEF_123"}},
		Store:     Store{"var/x.db", "keys/x.key"},
		HTTP:      HTTP{"0.0.0.0:9000"},
		Reminders: Reminders{false, Hours{8*60 + 30, 20 * 60}},
		Privacy:   Privacy{Period{Years: 7}, Period{Months: 18}},
		Handoff:   Handoff{"http://127.0.0.1:9999/hook?a=b", Secret{"sixteen letters!"}},
		KB:        KB{"kb"},
		Interview: Interview{"iv"},
		Log:       Log{"warn", "json"},
		file:      "config.toml",
	}
	if !reflect.DeepEqual(*c, want) {
		t.Errorf("%s", c.Masked())
	}
}

func TestTheEnvironmentWinsOverTheFile(t *testing.T) {
	folder(t, map[string]string{"config.toml": `
[reminders]
enabled = true
[log]
level = "loud"
[http]
listen = "127.0.0.1:1"
[telegram]
token_file = "not-there"`})
	c := mustLoad(t, "config.toml",
		"IMRBOT_REMINDERS_ENABLED=false", "IMRBOT_LOG_LEVEL=debug", "IMRBOT_HTTP_LISTEN=",
		"IMRBOT_TELEGRAM_TOKEN=1:wrong", "IMRBOT_TELEGRAM_TOKEN="+token, "PATH=/bin", "=odd", "odd")
	if c.Reminders.Enabled || c.Log.Level != "debug" || c.HTTP.On() || c.Telegram.Token.Reveal() != token {
		t.Errorf("%s", c.Masked())
	}
}

func TestASectionIsAlsoSwitchedOnByAVariable(t *testing.T) {
	_, _, err := Load("", []string{"IMRBOT_TELEGRAM_MODE=polling"})
	want := "environment IMRBOT_TELEGRAM_MODE: telegram.token: is missing; give it, or the name of its file as token_file, or take all of [telegram] out to switch that side off"
	if err == nil || err.Error() != want {
		t.Errorf("%v", err)
	}
	if c := mustLoad(t, "", "IMRBOT_TELEGRAM_TOKEN="+token); !c.Telegram.On() {
		t.Error("Telegram is off though its token is there")
	}
}

func TestAllDefectsAreToldAtOnceInTheOrderOfTheirLines(t *testing.T) {
	folder(t, map[string]string{"config.toml": "[log]\nlevel = 5\nformat = \"xml\"\n[desk]\ntime_zone = \"Mars\"\n[operator]\nnmae = \"x\"\n"})
	_, _, err := Load("config.toml", []string{"IMRBOT_HTTP_LISTEN=x", "IMRBOT_LOG_FROMAT=json"})
	var ds Defects
	if !errors.As(err, &ds) {
		t.Fatalf("%T is no Defects", err)
	}
	want := []string{
		`config.toml:2: log.level = 5: is a number; write a text in quotes, like level = "…"`,
		`config.toml:3: log.format = "xml": is none of "text", "json"`,
		`config.toml:5: desk.time_zone = "Mars": is not a time zone; write its name in the IANA list, like "America/Los_Angeles"`,
		`config.toml:7: operator.nmae: this key is unknown; did you mean name?`,
		`environment IMRBOT_LOG_FROMAT: this variable is unknown; did you mean IMRBOT_LOG_FORMAT?`,
		`environment IMRBOT_HTTP_LISTEN: http.listen = "x": is not host:port; write it like "127.0.0.1:8080", or "" to switch the server off`,
	}
	if got := strings.Split(err.Error(), "\n"); !slices.Equal(got, want) {
		t.Errorf("got\n%v\nwant\n%s", err, strings.Join(want, "\n"))
	}
}

func TestAnErrorDoesNotGrowWithoutEnd(t *testing.T) {
	var b strings.Builder
	b.WriteString("[log]\n")
	for i := range maxDefects + 7 {
		fmt.Fprintf(&b, "k%d = 1\n", i)
	}
	folder(t, map[string]string{"config.toml": b.String()})
	_, _, err := Load("config.toml", nil)
	if got := strings.Split(err.Error(), "\n"); len(got) != maxDefects+1 || got[maxDefects] != "and 7 more" {
		t.Errorf("%d lines, the last %q", len(got), got[len(got)-1])
	}
}

func TestAFileThatIsNotThereOrNotOursIsNamed(t *testing.T) {
	folder(t, map[string]string{"dir/x": "", "big.toml": strings.Repeat("#\n", maxFile), "pdf.toml": "%PDF-1.4\x00\xff"})
	for path, want := range map[string]string{
		"none.toml": "none.toml: the configuration is not there; check the name and the folder",
		"dir":       "dir: the configuration is a folder; give the name of a file",
		"big.toml":  "big.toml: the configuration is longer than 65536 bytes; is it the right file?",
		"pdf.toml":  "pdf.toml:1: this is not in the form of TOML",
	} {
		if _, _, err := Load(path, nil); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s: %v", path, err)
		}
	}
}

func TestAByteOrderMarkAndWindowsLineEndsAreRead(t *testing.T) {
	folder(t, map[string]string{"config.toml": "\ufeff[log]\r\nlevel = \"warn\"\r\nformat = \"x\"\r\n"})
	_, _, err := Load("config.toml", nil)
	if err == nil || !strings.HasPrefix(err.Error(), "config.toml:3: log.format") {
		t.Errorf("%v", err)
	}
}

func TestASecretCanStandInAFileOfItsOwn(t *testing.T) {
	folder(t, map[string]string{
		"etc/config.toml":   "[telegram]\ntoken_file = \"secrets/tg\"\n[handoff]\nwebhook_url = \"https://x.org\"",
		"etc/secrets/tg":    token + "\r\n\n",
		"secrets/signature": "sixteen letters!",
	})
	// A name in the environment is relative to the working directory.
	c := mustLoad(t, "etc/config.toml", "IMRBOT_HANDOFF_WEBHOOK_SECRET_FILE=secrets/signature")
	if c.Telegram.Token.Reveal() != token || c.Handoff.WebhookSecret.Reveal() != "sixteen letters!" {
		t.Errorf("%q, %q", c.Telegram.Token.Reveal(), c.Handoff.WebhookSecret.Reveal())
	}
	abs, err := filepath.Abs("etc/secrets/tg")
	if err != nil {
		t.Fatal(err)
	}
	if c := mustLoad(t, "", "IMRBOT_TELEGRAM_TOKEN_FILE="+abs); c.Telegram.Token.Reveal() != token {
		t.Error("an absolute name is not taken as it is")
	}
}

func TestWhatOthersMayReadIsWarnedOf(t *testing.T) {
	folder(t, map[string]string{
		"clear.toml":  "[telegram]\ntoken = \"" + token + "\"",
		"named.toml":  "[telegram]\ntoken_file = \"tg\"",
		"silent.toml": "[log]\nlevel = \"info\"",
		"tg":          token,
	})
	for _, name := range []string{"clear.toml", "named.toml", "silent.toml", "tg"} {
		if err := os.Chmod(name, 0o640); err != nil {
			t.Fatal(err)
		}
	}
	for path, want := range map[string][]string{
		"clear.toml":  {"clear.toml:2: telegram.token = ****: others than its owner may read or write the file in which this stands; to end that: chmod 600, or put the secret into a file of its own as token_file"},
		"named.toml":  {`named.toml:2: telegram.token_file = "tg": others than its owner may read or write this file; to end that: chmod 600`},
		"silent.toml": nil,
	} {
		c, warnings, err := Load(path, nil)
		if err != nil || c == nil || !slices.Equal(lines(warnings), want) {
			t.Errorf("%s: %v, %v", path, lines(warnings), err)
		}
	}
}

func TestWhatHasNoEffectIsWarnedOf(t *testing.T) {
	folder(t, map[string]string{"config.toml": `[telegram]
token = "` + token + `"
webhook_url = "https://x.org"
webhook_secret = "abc"
api_url = "http://api:8081"
[handoff]
webhook_secret = "sixteen letters!"
`})
	_, warnings, err := Load("config.toml", []string{"IMRBOT_TELEGRM_MODE=polling", "IMRBOT_SERVICE_HOST=10.0.0.1", "IMRBOT_PORT=tcp://10.0.0.1:80"})
	want := []string{
		"environment IMRBOT_TELEGRM_MODE: this variable is not read; did you mean IMRBOT_TELEGRAM_MODE?",
		`config.toml:5: telegram.api_url = "http://api:8081": is not encrypted: the token and all messages can be read on the way; use https:// unless the network is your own`,
		`config.toml:3: telegram.webhook_url: is not used with mode = "polling"; write mode = "webhook", or take it out`,
		`config.toml:4: telegram.webhook_secret: is not used with mode = "polling"; write mode = "webhook", or take it out`,
		"config.toml:7: handoff.webhook_secret: does nothing without handoff.webhook_url; give that, or take it out",
	}
	if err != nil || !slices.Equal(lines(warnings), want) {
		t.Errorf("error %v, warnings\n%s", err, strings.Join(lines(warnings), "\n"))
	}
}

func TestNoPrintShowsASecret(t *testing.T) {
	c := mustLoad(t, "", "IMRBOT_TELEGRAM_TOKEN="+token)
	var out bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d", "%T"} {
		fmt.Fprintf(&out, verb+" "+verb+" "+verb+"\n", c, *c, c.Telegram.Token)
	}
	if err := json.NewEncoder(&out).Encode(c); err != nil {
		t.Fatal(err)
	}
	slog.New(slog.NewTextHandler(&out, nil)).Info("x", "c", c, "t", c.Telegram.Token)
	slog.New(slog.NewJSONHandler(&out, nil)).Info("x", "c", c, "t", c.Telegram.Token)
	out.WriteString(c.Masked())
	if strings.Contains(out.String(), token) || strings.Contains(out.String(), fmt.Sprintf("%x", token)) {
		t.Errorf("%s", out.String())
	}
	if !strings.Contains(out.String(), `"Token":"****"`) {
		t.Error("the masked token is not there at all")
	}
}

func TestNoVariableNameStandsForTwoKeys(t *testing.T) {
	seen := map[string]string{}
	for _, section := range sectionsOf(&Config{}) {
		for _, key := range section.keys() {
			name := section.name + "." + key
			if other := seen[variable(section.name, key)]; other != "" {
				t.Errorf("%s and %s have one variable", name, other)
			}
			seen[variable(section.name, key)] = name
		}
	}
}

func TestEveryFieldHasTagsThatMeanSomething(t *testing.T) {
	for _, section := range sectionsOf(&Config{}) {
		for _, s := range section.settings {
			if s.key == "" {
				t.Errorf("%s has a field without a key", section.name)
			}
			if s.check != "" && checks[s.check] == nil {
				t.Errorf("%s: there is no check %q", s.name(), s.check)
			}
			if s.secret() && (s.check == "" || s.fallback != "") {
				t.Errorf("%s: a secret needs a check and can have no default", s.name())
			}
			_, reads := s.field.Addr().Interface().(fromText)
			if reads == (s.field.Kind() == reflect.String || s.isSwitch() || s.secret()) {
				t.Errorf("%s: nothing fills a %s", s.name(), s.field.Type())
			}
			if s.isSwitch() && s.fallback != "true" && s.fallback != "false" {
				t.Errorf("%s has the default %q", s.name(), s.fallback)
			}
			if s.secret() {
				continue
			}
			if err := new(loader).fill(s, s.fallback); err != nil {
				t.Errorf("the default of %s %v", s.name(), err)
			}
		}
	}
}
