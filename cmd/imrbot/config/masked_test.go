package config

import (
	"regexp"
	"strings"
	"testing"

	"github.com/pelletier/go-toml/v2"
)

func TestMaskedShowsEveryKeyAndWhereItComesFrom(t *testing.T) {
	folder(t, map[string]string{
		"etc/config.toml": "[telegram]\ntoken_file = \"tg\"\n[operator]\nname = \"Ñandú \\\"x\\\" \\u200b\"\n[handoff]\nwebhook_url = \"https://x.org\"\nwebhook_secret = \"sixteen letters!\"\n[privacy]\nretain_intakes = \"7y\"\n",
		"etc/tg":          token,
	})
	text := mustLoad(t, "etc/config.toml", "IMRBOT_LOG_LEVEL=debug", "IMRBOT_REMINDERS_ENABLED=false").Masked()
	for _, line := range []string{
		`# The configuration that counts, of "etc/config.toml" and the environment, and where each value comes from.`,
		`name = "Ñandú \"x\" \u200b" # etc/config.toml:4`,
		`is_department = false # default`,
		`token = "****" # the file etc/tg, named in etc/config.toml:2`,
		`webhook_secret = "" # not set`,
		`webhook_secret = "****" # etc/config.toml:7`,
		`key_file = "data/imrbot.db.key" # default`,
		`enabled = false # environment IMRBOT_REMINDERS_ENABLED`,
		`hours = "09:00-19:00" # default`,
		`retain_intakes = "7y" # etc/config.toml:9`,
		`time_zone = "America/Los_Angeles" # default`,
		`level = "debug" # environment IMRBOT_LOG_LEVEL`,
	} {
		if !strings.Contains(regexp.MustCompile(` {2,}`).ReplaceAllString(text, " "), line+"\n") {
			t.Errorf("there is no line %s", line)
		}
	}
	var tables map[string]map[string]any
	if err := toml.Unmarshal([]byte(text), &tables); err != nil {
		t.Fatal(err)
	}
	if tables["operator"]["name"] != "Ñandú \"x\" \u200b" {
		t.Errorf("the name reads back as %q", tables["operator"]["name"])
	}
	for _, section := range sectionsOf(&Config{}) {
		for _, s := range section.settings {
			if _, there := tables[section.name][s.key]; !there {
				t.Errorf("%s is missing", s.name())
			}
		}
	}
	if t.Failed() {
		t.Log(text)
	}
}

func TestMaskedShowsASideThatIsOffAsComments(t *testing.T) {
	text := mustLoad(t, "").Masked()
	if !strings.Contains(text, "\n# There is no section [telegram], so that side is switched off.\n#[telegram]\n#token = \"\" ") {
		t.Errorf("%s", text)
	}
	if !strings.HasPrefix(text, "# The configuration that counts, of the environment alone, ") {
		t.Errorf("%s", text)
	}
	var tables map[string]map[string]any
	if err := toml.Unmarshal([]byte(text), &tables); err != nil || tables["telegram"] != nil || tables["log"] == nil {
		t.Errorf("%v, %v", tables, err)
	}
}

func TestMaskedHidesASecretThatStandsInAnotherKeyToo(t *testing.T) {
	c := mustLoad(t, "", "IMRBOT_HANDOFF_WEBHOOK_URL=https://x.org/?key=correct-horse-battery", "IMRBOT_HANDOFF_WEBHOOK_SECRET=correct-horse-battery")
	if text := c.Masked(); strings.Contains(text, "horse") {
		t.Errorf("%s", text)
	}
}
