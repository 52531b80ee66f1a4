package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pelletier/go-toml/v2"
)

// signature is a secret without a form of its own.
const signature = "correct horse battery staple"

// FuzzLoad reads any bytes as a file; TOKEN and SIGNATURE in them stand for
// secrets. Whatever else is wrong, nothing that is printed may hold one.
func FuzzLoad(f *testing.F) {
	if text, err := os.ReadFile(exampleFile); err == nil {
		f.Add([]byte(switchedOff.ReplaceAllString(string(text), "$1")), "IMRBOT_LOG_LEVEL=x")
	} else {
		f.Fatal(err)
	}
	for _, text := range []string{
		"[telegram]\ntoken = \"TOKEN\"\nmode = \"TOKEN\"\n[handoff]\nwebhook_secret = \"SIGNATURE\"\nwebhook_url = \"https://a:TOKEN@x/SIGNATURE\"",
		"[telegram]\ntoken = TOKEN", "TOKEN = 1", "[TOKEN]\n[log]\nTOKEN = 1\n\"TOKEN\" = 2", "token = \"TOKEN",
		"telegram = { token = \"TOKEN\", token_file = \"TOKEN\" }\nlog.level.x = \"TOKEN\"",
		"[handoff]\nwebhook_secret = \"SIGNATURE\"\n[kb]\ndir = \"SIGNATURE\"\n[\"SIGNATURE\"]\n[log]\nlevel = \"xxSIGNATURE\"",
		"[[telegram]]\ntoken = \"TOKEN\"", "[store]\npath = \"\\u0000TOKEN\"", "\xef\xbb\xbf[log]\r\nlevel=[[[[1]]]]", "a.b.c.d=1\n[a]", "[handoff.webhook_secret]\nx=\"SIGNATURE\"",
	} {
		f.Add([]byte(text), "IMRBOT_OPERATOR_NAME=TOKEN")
	}
	f.Fuzz(func(t *testing.T, text []byte, pair string) {
		put := strings.NewReplacer("TOKEN", token, "SIGNATURE", signature)
		file := put.Replace(string(text))
		path := filepath.Join(t.TempDir(), "c.toml")
		if err := os.WriteFile(path, []byte(file), 0o600); err != nil {
			t.Fatal(err)
		}
		c, warnings, err := Load(path, []string{put.Replace(pair)})
		var printed strings.Builder
		for _, w := range warnings {
			printed.WriteString(w.String())
		}
		if err != nil {
			printed.WriteString(err.Error())
			if _, typed := err.(Defects); !typed {
				t.Fatalf("%T is no Defects", err)
			}
		} else {
			masked := c.Masked()
			printed.WriteString(masked)
			var back map[string]map[string]any
			if err := toml.Unmarshal([]byte(masked), &back); err != nil {
				t.Fatalf("%v in\n%s", err, masked)
			}
		}
		if (c == nil) == (err == nil) {
			t.Fatalf("%v and %v", c, err)
		}
		if strings.Contains(printed.String(), token) || isSecret(file, signature) && strings.Contains(printed.String(), signature) {
			t.Fatalf("a secret is printed:\n%s", printed.String())
		}
	})
}

// isSecret tells whether a text stands in the file as the value of a secret key.
func isSecret(file, text string) bool {
	var tables map[string]any
	if toml.Unmarshal([]byte(strings.TrimPrefix(file, "\ufeff")), &tables) != nil {
		return false
	}
	for _, section := range sectionsOf(&Config{}) {
		table, _ := tables[section.name].(map[string]any)
		for _, s := range section.settings {
			if s.secret() && table[s.key] == text {
				return true
			}
		}
	}
	return false
}
