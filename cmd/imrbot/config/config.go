// Package config reads what `imrbot run` is told by its operator: one TOML file
// and the environment.
//
// Every key of the file, "key" below "[section]", is also the environment
// variable IMRBOT_SECTION_KEY, and the environment wins. Every secret is also
// there as key_file, the name of a file that holds it; within the environment
// such a name is relative to the working directory, within the file to the
// folder of the file. Every other path is relative to the working directory.
//
// To add a key, add a field with its tags, and the key to config.example.toml:
//
//	key       its name in the file
//	default   its value when it is not given, in the form of the environment
//	required  "yes": a section that is there must have it; a section without
//	          required keys is always there
//	oneof     the values it may have, separated by spaces
//	check     the name of a function of the table checks
//
// A field is a string, a bool, a [Secret], or a type of this package that reads
// itself from a text. A section is a field of Config. What holds between keys is
// said in rules.go.
package config

import "log/slog"

// Config is a configuration without defects: every value has been checked and
// every default is filled in. It belongs to the caller; nothing changes it.
type Config struct {
	Operator  Operator  `key:"operator"`
	Telegram  Telegram  `key:"telegram"`
	Store     Store     `key:"store"`
	HTTP      HTTP      `key:"http"`
	Reminders Reminders `key:"reminders"`
	Privacy   Privacy   `key:"privacy"`
	Handoff   Handoff   `key:"handoff"`
	Desk      Desk      `key:"desk"`
	KB        KB        `key:"kb"`
	Interview Interview `key:"interview"`
	Log       Log       `key:"log"`

	file    string            // "" when only the environment was read
	origins map[string]origin // by "section.key": where a value that was given comes from
}

// Operator is who runs the bot and is named to enrollees.
type Operator struct {
	Name         string `key:"name" check:"name"` // "" when none is given
	IsDepartment bool   `key:"is_department" default:"false"`
}

// Telegram is the channel to enrollees.
type Telegram struct {
	Token         Secret `key:"token" required:"yes" check:"telegram token"`
	APIURL        string `key:"api_url" default:"https://api.telegram.org" check:"api url"` // without a slash at its end
	Mode          string `key:"mode" default:"polling" oneof:"polling webhook"`
	WebhookURL    string `key:"webhook_url" check:"safe url"`                   // never "" in webhook mode
	WebhookSecret Secret `key:"webhook_secret" check:"telegram webhook secret"` // always set in webhook mode
}

// On tells whether Telegram is switched on: a section [telegram] was given.
func (t Telegram) On() bool { return t.Token.IsSet() }

// Webhook tells whether updates come by webhook, not by polling.
func (t Telegram) Webhook() bool { return t.Mode == "webhook" }

// Store says where conversations are kept.
type Store struct {
	Path    string `key:"path" default:"data/imrbot.db" check:"file"`
	KeyFile string `key:"key_file" check:"file"` // never "": without a value it is Path + ".key"
}

// HTTP is the server for health, metrics and webhooks.
type HTTP struct {
	Listen string `key:"listen" default:"127.0.0.1:8080" check:"listen"` // host:port; "" switches it off
}

// On tells whether the server is to be started.
func (h HTTP) On() bool { return h.Listen != "" }

// Reminders says whether and when enrollees are reminded of a date.
type Reminders struct {
	Enabled bool  `key:"enabled" default:"true"`
	Hours   Hours `key:"hours" default:"09:00-19:00"`
}

// Privacy says how long things are kept; a zero Period keeps them for good.
type Privacy struct {
	RetainIntakes       Period `key:"retain_intakes"`
	RetainConversations Period `key:"retain_conversations"`
}

// Handoff is the operator's own system, which is told of finished intakes.
type Handoff struct {
	WebhookURL    string `key:"webhook_url" check:"safe url"`
	WebhookSecret Secret `key:"webhook_secret" check:"signing secret"` // always set when WebhookURL is
}

// On tells whether finished intakes are handed on.
func (h Handoff) On() bool { return h.WebhookURL != "" }

// Desk is the place where staff answer.
type Desk struct {
	TimeZone Zone `key:"time_zone" default:"America/Los_Angeles"` // its Location is never nil
}

// KB is the operator's folder over the embedded knowledge base; "" for none.
type KB struct {
	Dir string `key:"dir" check:"folder"`
}

// Interview is the operator's folder instead of the embedded interview; "" for none.
type Interview struct {
	Dir string `key:"dir" check:"folder"`
}

// Log says what is logged, and how.
type Log struct {
	Level  string `key:"level" default:"info" oneof:"debug info warn error"`
	Format string `key:"format" default:"text" oneof:"text json"`
}

// SlogLevel returns the least level that is logged.
func (l Log) SlogLevel() slog.Level {
	var level slog.Level // info, also when Level is of no known form
	if err := level.UnmarshalText([]byte(l.Level)); err != nil {
		return slog.LevelInfo
	}
	return level
}
