package config

import (
	"os"
	"strings"
	"testing"
)

// Each text or environment has exactly the one defect that is told.
func TestEachDefectIsToldWithItsPlaceAndItsRemedy(t *testing.T) {
	folder(t, map[string]string{
		"file": "x", "dir/x": "", "empty": "\n", "two-lines": "a secret of two\nlines, by mistake\n",
		"long": strings.Repeat("x", maxSecret+1), "nonsense": "not a token",
	})
	on := "[telegram]\ntoken = \"" + token + "\"\n" // two lines
	for _, c := range []struct {
		name, text string
		env        string
		want       string // the error, or with … at its end its beginning
	}{
		{name: "an unknown section", text: "[telegarm]\ntoken = 1", want: "config.toml:1: [telegarm]: this section is unknown; did you mean [telegram]?"},
		{name: "a section that nothing is like", text: "\n[proxy]", want: "config.toml:2: [proxy]: this section is unknown; take it out; there are [operator], …"},
		{name: "a section that is a list", text: "[[log]]\nlevel = \"x\"", want: "config.toml:1: log: this is a section, not a value; write [log] on a line of its own and the keys below it"},
		{name: "a section that is a value", text: "log = \"debug\"", want: "config.toml:1: log: this is a section, not a value; write [log] …"},
		{name: "a key above all sections", text: "time_zone = \"UTC\"", want: "config.toml:1: time_zone: this key stands in no section; it belongs below [desk]"},
		{name: "a key of two sections above all", text: "dir = \"x\"", want: "config.toml:1: dir: this key stands in no section; put it below the [section] …"},
		{name: "an unknown key", text: "[log]\n\nlevle = \"info\"", want: "config.toml:3: log.levle: this key is unknown; did you mean level?"},
		{name: "a key in capitals", text: "[log]\nLevel = \"info\"", want: "config.toml:2: log.Level: this key is unknown; did you mean level?"},
		{name: "a key in the wrong section", text: "[log]\nlisten = \"x\"", want: "config.toml:2: log.listen: this key is unknown; it belongs below [http]"},
		{name: "a key that nothing is like", text: "[log]\ncolour = true", want: "config.toml:2: log.colour: this key is unknown; take it out; there are level, format"},
		{name: "an unknown key in an inline table", text: "# x\nlog = { levle = \"info\" }", want: "config.toml:2: log.levle: this key is unknown; did you mean level?"},
		{name: "an unknown dotted key", text: "# x\n\nlog.levle = \"info\"", want: "config.toml:3: log.levle: this key is unknown; did you mean level?"},
		{name: "a section below a section", text: "[log]\n[log.levle]\nx = 1", want: "config.toml:2: log.levle: this key is unknown; did you mean level?"},
		{name: "a name that could be a password", text: "[log]\n\"" + token + "\" = 1", want: "config.toml:2: log.…: this key is unknown; take it out; there are level, format"},
		{name: "an unknown variable", env: "IMRBOT_STORE_PAHT=x", want: "environment IMRBOT_STORE_PAHT: this variable is unknown; did you mean IMRBOT_STORE_PATH?"},
		{name: "a variable that nothing is like", env: "IMRBOT_STORE_COLOUR=x", want: "environment IMRBOT_STORE_COLOUR: this variable is unknown; take it out; there are IMRBOT_STORE_PATH, IMRBOT_STORE_KEY_FILE"},

		{name: "a quote is missing", text: "[log]\nlevel = info", want: "config.toml:2: this is not in the form of TOML (…"},
		{name: "a token without quotes", text: "[telegram]\ntoken = " + token, want: "config.toml:2: this is not in the form of TOML (expected newline but got U+003A ':'); texts stand in quotes: look for a missing quote, = or bracket here and on the line above"},
		{name: "a number that is none", text: "[log]\nlevel = 1e999999", want: "config.toml:2: this is not in the form of TOML (…"},
		{name: "a key twice", text: "[log]\nlevel = \"info\"\nlevel = \"info\"", want: "config.toml:3: a key or a section stands here that stands above too; keep one of them"},
		{name: "a section twice", text: "[log]\n[kb]\n[log]", want: "config.toml:3: a key or a section stands here that stands above too; keep one of them"},
		{name: "a section of a value", text: "log.level = \"info\"\n[log.level]", want: "config.toml:2: …"},

		{name: "a text where a switch is", text: "[reminders]\nenabled = \"true\"", want: "config.toml:2: reminders.enabled = \"true\": is a text; write true or false, without quotes"},
		{name: "a variable that is no switch", env: "IMRBOT_REMINDERS_ENABLED=yes", want: "environment IMRBOT_REMINDERS_ENABLED: reminders.enabled = \"yes\": is a text; write true or false"},
		{name: "a list", text: "[log]\nlevel = [\"info\"]", want: "config.toml:2: log.level = […]: is a list; write a text in quotes, like level = \"…\""},
		{name: "a table", text: "[log]\nlevel.x = 1", want: "config.toml:2: log.level = {…}: is a section; write a text in quotes, like level = \"…\""},
		{name: "a date", text: "[privacy]\nretain_intakes = 2026-01-01", want: "config.toml:2: privacy.retain_intakes = 2026-01-01: is a date or a time; write a text in quotes, like retain_intakes = \"…\""},
		{name: "a switch where a text is", text: "[handoff]\nwebhook_url = true", want: "config.toml:2: handoff.webhook_url = true: is true or false; write a text …\nconfig.toml:2: handoff.webhook_secret: is missing; …"},
		{name: "a secret that is a number", text: "[telegram]\ntoken = 123456789", want: "config.toml:2: telegram.token = ****: is a number; write a text in quotes, like token = \"…\""},
		{name: "the name of a secret's file that is a number", text: "[telegram]\ntoken_file = 5", want: "config.toml:2: telegram.token_file = ****: is a number; write a text in quotes, like token_file = \"…\""},
		{name: "a line break within", text: "[operator]\nname = \"a\\nb\"", want: "config.toml:2: operator.name = \"a\\nb\": holds a character that cannot be seen, or a line break; write it anew on one line"},
		{name: "bytes that are no text", env: "IMRBOT_OPERATOR_NAME=\xff", want: "environment IMRBOT_OPERATOR_NAME: operator.name = \"\\xff\": holds a character that cannot be seen, …"},

		{name: "a name too long", text: "[operator]\nname = \"" + strings.Repeat("ñ", 81) + "\"", want: "config.toml:2: operator.name = \"" + strings.Repeat("ñ", 50) + "…\": has 81 characters; at most 80 fit into the sentences it stands in"},
		{name: "a name with spaces around", text: "[operator]\nname = \" x\"", want: "config.toml:2: operator.name = \" x\": begins or ends with a space; take it away"},

		{name: "no token", text: "\n[telegram]\nmode = \"polling\"", want: "config.toml:2: telegram.token: is missing; give it, or the name of its file as token_file, or take all of [telegram] out to switch that side off"},
		{name: "an empty section", text: "[telegram]", want: "config.toml:1: telegram.token: is missing; …"},
		{name: "an empty token", text: "[telegram]\ntoken = \"\"", want: "config.toml:2: telegram.token = \"\": is empty; fill it in, or take it out"},
		{name: "a wrong token", text: "[telegram]\ntoken = \"the token of my bot\"", want: "config.toml:2: telegram.token = ****: is not the token of a bot; it looks like …"},
		{name: "a token with a line break", env: "IMRBOT_TELEGRAM_TOKEN=" + token + "\n", want: "environment IMRBOT_TELEGRAM_TOKEN: telegram.token = ****: is not the token of a bot; …"},
		{name: "a token twice", text: "[telegram]\ntoken = \"" + token + "\"\ntoken_file = \"file\"", want: "config.toml:2: telegram.token = ****: token_file is given too; keep one of the two"},
		{name: "a token twice in the environment", text: on, env: "IMRBOT_TELEGRAM_TOKEN=" + token + " IMRBOT_TELEGRAM_TOKEN_FILE=file", want: "environment IMRBOT_TELEGRAM_TOKEN: telegram.token = ****: token_file is given too; keep one of the two"},
		{name: "the file of a secret is not there", text: "[telegram]\ntoken_file = \"none\"", want: "config.toml:2: telegram.token_file = \"none\": this file is not there; check the name and the folder"},
		{name: "the file of a secret is a folder", env: "IMRBOT_TELEGRAM_TOKEN_FILE=dir", want: "environment IMRBOT_TELEGRAM_TOKEN_FILE: telegram.token_file = \"dir\": this file is a folder; give the name of a file"},
		{name: "the file of a secret is empty", text: "[telegram]\ntoken_file = \"empty\"", want: "config.toml:2: telegram.token_file = \"empty\": this file is empty; write the secret into it"},
		{name: "the file of a secret is too long", text: "[telegram]\ntoken_file = \"long\"", want: "config.toml:2: telegram.token_file = \"long\": this file is longer than 4096 bytes; is it the right file?"},
		{name: "the file of a secret has no name", text: "[telegram]\ntoken_file = \"\"", want: "config.toml:2: telegram.token_file = \"\": is empty; fill it in, or take it out"},
		{name: "the file of a secret holds something else", text: "[telegram]\ntoken_file = \"nonsense\"", want: "config.toml:2: telegram.token_file = \"nonsense\": what this file holds is not the token of a bot; …"},
		{name: "the token as the name of its file", text: "[telegram]\ntoken_file = \"" + token + "\"", want: "config.toml:2: telegram.token_file = \"****\": this file is not there; check the name and the folder"},
		{name: "the token in the wrong key", text: on + "mode = \"" + token + "\"", want: "config.toml:3: telegram.mode = \"****\": is none of \"polling\", \"webhook\""},
		{name: "part of a secret in the wrong key", text: on + "mode = \"" + token[12:30] + "\"", want: "config.toml:3: telegram.mode = \"****\": is none of \"polling\", \"webhook\""},
		{name: "no mode", text: on + "mode = \"\"", want: "config.toml:3: telegram.mode = \"\": is none of \"polling\", \"webhook\""},
		{name: "an unknown mode", text: on + "mode = \"Webhooks\"", want: "config.toml:3: telegram.mode = \"Webhooks\": is none of \"polling\", \"webhook\"; did you mean \"webhook\"?"},
		{name: "an API address that is none", text: on + "api_url = \"api.telegram.org\"", want: "config.toml:3: telegram.api_url = \"api.telegram.org\": is not an address of the web; write it like \"https://example.org/path\""},
		{name: "no API address", text: on + "api_url = \"\"", want: "config.toml:3: telegram.api_url = \"\": is not an address of the web; …"},
		{name: "an API address of files", text: on + "api_url = \"file:///x\"", want: "config.toml:3: telegram.api_url = \"file:///x\": is not an address of the web; …"},
		{name: "an API address with a question", text: on + "api_url = \"https://x.org/?a=b\"", want: "config.toml:3: telegram.api_url = \"https://x.org/?a=b\": holds a ?; …"},
		{name: "an API address with a password", text: on + "api_url = \"https://me:pw@x.org/\"", want: "config.toml:3: telegram.api_url = \"https://****@x.org/\": holds a user name or a password before the @; …"},
		{name: "an API address with a wrong port", text: on + "api_url = \"https://x.org:99999\"", want: "config.toml:3: telegram.api_url = \"https://x.org:99999\": has no port from 1 to 65535"},
		{name: "a webhook without its keys", text: on + "mode = \"webhook\"", want: "config.toml:3: telegram.webhook_url: is missing; with mode = \"webhook\" give …\nconfig.toml:3: telegram.webhook_secret: is missing; …"},
		{name: "a webhook without a server", text: on + "mode = \"webhook\"\nwebhook_url = \"https://x.org\"\nwebhook_secret = \"a\"\n[http]\nlisten = \"\"", want: "config.toml:7: http.listen = \"\": switches off the server that telegram.mode = \"webhook\" needs; …"},
		{name: "a webhook that is not encrypted", text: on + "mode = \"webhook\"\nwebhook_url = \"http://x.org\"\nwebhook_secret = \"a\"", want: "config.toml:4: telegram.webhook_url = \"http://x.org\": is not encrypted; write https:// (http:// is for this same machine only)"},
		{name: "a webhook with a fragment", text: on + "mode = \"webhook\"\nwebhook_url = \"https://x.org/#a\"\nwebhook_secret = \"a\"", want: "config.toml:4: telegram.webhook_url = \"https://x.org/#a\": holds a #, …"},
		{name: "a webhook secret of other letters", text: on + "mode = \"webhook\"\nwebhook_url = \"https://x.org\"\nwebhook_secret = \"a secret\"", want: "config.toml:5: telegram.webhook_secret = ****: is not a secret that Telegram takes; …"},
		{name: "a webhook secret too long", text: on + "mode = \"webhook\"\nwebhook_url = \"https://x.org\"\nwebhook_secret = \"" + strings.Repeat("a", 257) + "\"", want: "config.toml:5: telegram.webhook_secret = ****: is not a secret that Telegram takes; …"},

		{name: "a store without a name", text: "[store]\npath = \"\"", want: "config.toml:2: store.path = \"\": is empty; give the name of a file"},
		{name: "a store that is a folder", text: "[store]\npath = \"dir\"", want: "config.toml:2: store.path = \"dir\": is a folder; give the name of a file in it"},
		{name: "a store that would be a folder", text: "[store]\npath = \"new/\"", want: "config.toml:2: store.path = \"new/\": is a folder; give the name of a file in it"},
		{name: "a key that is the store", text: "[store]\npath = \"x.db\"\nkey_file = \"./x.db\"", want: "config.toml:3: store.key_file = \"./x.db\": is the store itself; give the key a file of its own"},
		{name: "a port that is none", text: "[http]\nlisten = \"localhost:http\"", want: "config.toml:2: http.listen = \"localhost:http\": has no port from 0 to 65535 after its last colon"},
		{name: "a port too high", text: "[http]\nlisten = \":65536\"", want: "config.toml:2: http.listen = \":65536\": has no port from 0 to 65535 after its last colon"},
		{name: "a host that is none", text: "[http]\nlisten = \"my host:80\"", want: "config.toml:2: http.listen = \"my host:80\": names no host before its last colon; …"},
		{name: "an address to listen on", text: "[http]\nlisten = \"http://localhost:80\"", want: "config.toml:2: http.listen = \"http://localhost:80\": is not host:port; …"},
		{name: "hours of another form", text: "[reminders]\nhours = \"9 to 5\"", want: "config.toml:2: reminders.hours = \"9 to 5\": is not a span of hours; write it like \"09:00-19:00\""},
		{name: "hours that no clock shows", text: "[reminders]\nhours = \"09:60-24:01\"", want: "config.toml:2: reminders.hours = \"09:60-24:01\": holds a time that no clock shows; …"},
		{name: "hours over midnight", text: "[reminders]\nhours = \"22:00-06:00\"", want: "config.toml:2: reminders.hours = \"22:00-06:00\": ends before it begins; …"},
		{name: "a period of another form", text: "[privacy]\nretain_intakes = \"18m\"", want: "config.toml:2: privacy.retain_intakes = \"18m\": is not a length of time; …"},
		{name: "a period of nothing", text: "[privacy]\nretain_conversations = \"0d\"", want: "config.toml:2: privacy.retain_conversations = \"0d\": would delete everything at once; …"},
		{name: "a period without end", text: "[privacy]\nretain_conversations = \"1201mo\"", want: "config.toml:2: privacy.retain_conversations = \"1201mo\": is longer than 100 years; to keep everything write \"\""},
		{name: "a handoff without a secret", text: "[handoff]\nwebhook_url = \"https://x.org\"", want: "config.toml:2: handoff.webhook_secret: is missing; with webhook_url give 32 or more …"},
		{name: "a handoff that is not encrypted", text: "[handoff]\nwebhook_url = \"http://10.0.0.1/\"\nwebhook_secret = \"sixteen letters!\"", want: "config.toml:2: handoff.webhook_url = \"http://10.0.0.1/\": is not encrypted; …"},
		{name: "a signing secret too short", text: "[handoff]\nwebhook_url = \"https://x.org\"\nwebhook_secret = \"fifteen letters\"", want: "config.toml:3: handoff.webhook_secret = ****: has 15 characters, and fewer than 16 can be guessed; …"},
		{name: "a signing secret of two lines", text: "[handoff]\nwebhook_url = \"https://x.org\"\nwebhook_secret_file = \"two-lines\"", want: "config.toml:3: handoff.webhook_secret_file = \"two-lines\": what this file holds begins or ends with a space, or …"},
		{name: "a zone that is none", text: "[desk]\ntime_zone = \"California\"", want: "config.toml:2: desk.time_zone = \"California\": is not a time zone; …"},
		{name: "the machine's zone", text: "[desk]\ntime_zone = \"Local\"", want: "config.toml:2: desk.time_zone = \"Local\": is not a time zone; …"},
		{name: "no zone", text: "[desk]\ntime_zone = \"\"", want: "config.toml:2: desk.time_zone = \"\": is not a time zone; …"},
		{name: "a folder that is not there", text: "[kb]\ndir = \"none\"", want: "config.toml:2: kb.dir = \"none\": this folder is not there; check the name and the folder (it is looked for in the working directory of the program)"},
		{name: "a folder that is a file", text: "[interview]\ndir = \"file\"", want: "config.toml:2: interview.dir = \"file\": is a file; give the name of a folder"},
		{name: "an unknown level", text: "[log]\nlevel = \"warning\"", want: "config.toml:2: log.level = \"warning\": is none of \"debug\", \"info\", \"warn\", \"error\"…"},
		{name: "no format", text: "[log]\nformat = \"\"", want: "config.toml:2: log.format = \"\": is none of \"text\", \"json\""},
	} {
		t.Run(c.name, func(t *testing.T) {
			if err := os.WriteFile("config.toml", []byte(c.text), 0o600); err != nil {
				t.Fatal(err)
			}
			env := []string{c.env}
			if strings.Contains(c.env, " ") {
				env = strings.Fields(c.env)
			}
			got, _, err := Load("config.toml", env)
			if err == nil || got != nil {
				t.Fatalf("no error; want\n%s", c.want)
			}
			wantLines(t, err.Error(), c.want)
		})
	}
}

// wantLines compares line by line; … in a wanted line ends the comparison when
// it is its last letter.
func wantLines(t *testing.T, got, want string) {
	t.Helper()
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	same := len(g) == len(w)
	for i := 0; same && i < len(w); i++ {
		if begin, open := strings.CutSuffix(w[i], "…"); open {
			same = strings.HasPrefix(g[i], begin)
		} else {
			same = g[i] == w[i]
		}
	}
	if !same {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
