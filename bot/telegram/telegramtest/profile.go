package telegramtest

import (
	"encoding/json"
	"regexp"
	"strings"
	"unicode/utf8"
)

// Command is one entry of the bot's menu.
type Command struct {
	Command     string `json:"command"`
	Description string `json:"description"`
}

// Limits of the bot's profile, in characters.
const (
	maxCommands         = 100
	maxCommandText      = 256
	maxDescription      = 512
	maxShortDescription = 120
)

var (
	commandForm  = regexp.MustCompile(`^[a-z0-9_]{1,32}$`)
	languageForm = regexp.MustCompile(`^([a-z]{2})?$`)
)

// profile is what a bot says of itself, per language; "" is everybody else.
type profile struct {
	commands     map[string][]Command // by scope and language
	descriptions map[string]string
	shorts       map[string]string
	buttons      map[int64]json.RawMessage // menu buttons by chat, 0 the default
}

// maxLanguages bounds each map of the profile.
const maxLanguages = 10_000

func (p *profile) init() {
	*p = profile{map[string][]Command{}, map[string]string{}, map[string]string{}, map[int64]json.RawMessage{}}
}

// put sets an entry, or removes an empty one.
func put[K comparable, V any](m map[K]V, key K, v V, empty bool) {
	if empty {
		delete(m, key)
	} else if len(m) < maxLanguages {
		m[key] = v
	}
}

// Commands returns the menu for a language ("" is everybody else) in the
// default scope.
func (s *Server) Commands(language string) []Command {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.profile.commands[defaultScope+" "+language]
}

// Descriptions returns the long and the short description for a language.
func (s *Server) Descriptions(language string) (long, short string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.profile.descriptions[language], s.profile.shorts[language]
}

func getMe(s *Server, c *call) (any, *apiError) {
	return struct {
		wireUser
		CanJoinGroups bool `json:"can_join_groups"`
		ReadsAll      bool `json:"can_read_all_group_messages"`
		Inline        bool `json:"supports_inline_queries"`
	}{s.botUser, true, true, false}, nil
}

const defaultScope = `{"type":"default"}`

// scopeAndLanguage is the key of a menu. The scope is kept as its JSON.
func scopeAndLanguage(a args) (string, *apiError) {
	var scope map[string]any
	if found, err := a.object("scope", &scope); err != nil {
		return "", badRequest("can't parse BotCommandScope")
	} else if !found {
		scope = map[string]any{"type": "default"}
	}
	language, err := languageOf(a)
	return string(mustJSON(scope)) + " " + language, err
}

func languageOf(a args) (string, *apiError) {
	language := strings.ToLower(a.str("language_code"))
	if !languageForm.MatchString(language) {
		return "", badRequest("invalid language code specified")
	}
	return language, nil
}

func setMyCommands(s *Server, c *call) (any, *apiError) {
	key, bad := scopeAndLanguage(c.args)
	if bad != nil {
		return nil, bad
	}
	var commands []Command
	found, err := c.args.object("commands", &commands)
	switch {
	case err != nil:
		return nil, badRequest("can't parse commands JSON object")
	case !found:
		return nil, badRequest("commands are not specified")
	case len(commands) > maxCommands:
		return nil, badRequest("BOT_COMMANDS_TOO_MUCH")
	}
	for i := range commands {
		cmd := &commands[i]
		cmd.Command = strings.TrimPrefix(cmd.Command, "/")
		if !commandForm.MatchString(cmd.Command) {
			return nil, badRequest("BOT_COMMAND_INVALID")
		}
		if n := utf8.RuneCountInString(cmd.Description); n < 1 || n > maxCommandText {
			return nil, badRequest("BOT_COMMAND_DESCRIPTION_INVALID")
		}
	}
	put(s.profile.commands, key, commands, len(commands) == 0)
	return true, nil
}

func getMyCommands(s *Server, c *call) (any, *apiError) {
	key, err := scopeAndLanguage(c.args)
	if err != nil {
		return nil, err
	}
	if commands := s.profile.commands[key]; commands != nil {
		return commands, nil
	}
	return []Command{}, nil
}

func deleteMyCommands(s *Server, c *call) (any, *apiError) {
	key, err := scopeAndLanguage(c.args)
	if err != nil {
		return nil, err
	}
	delete(s.profile.commands, key)
	return true, nil
}

func setMyDescription(s *Server, c *call) (any, *apiError) {
	return setText(c, s.profile.descriptions, "description", maxDescription)
}

func setMyShortDescription(s *Server, c *call) (any, *apiError) {
	return setText(c, s.profile.shorts, "short_description", maxShortDescription)
}

func setText(c *call, to map[string]string, field string, most int) (any, *apiError) {
	language, err := languageOf(c.args)
	if err != nil {
		return nil, err
	}
	text := c.args.str(field)
	if utf8.RuneCountInString(text) > most {
		return nil, badRequest(strings.ReplaceAll(field, "_", " ") + " is too long")
	}
	put(to, language, text, text == "")
	return true, nil
}

func getMyDescription(s *Server, c *call) (any, *apiError) {
	language, err := languageOf(c.args)
	return map[string]string{"description": s.profile.descriptions[language]}, err
}

func getMyShortDescription(s *Server, c *call) (any, *apiError) {
	language, err := languageOf(c.args)
	return map[string]string{"short_description": s.profile.shorts[language]}, err
}

func setChatMenuButton(s *Server, c *call) (any, *apiError) {
	var button struct {
		Type string `json:"type"`
	}
	found, err := c.args.object("menu_button", &button)
	switch {
	case err != nil:
		return nil, badRequest("can't parse menu button JSON object")
	case found && button.Type != "default" && button.Type != "commands" && button.Type != "web_app":
		return nil, badRequest("can't parse menu button: Unsupported type specified")
	}
	if id := c.rec.Chat; id != 0 && s.users[id] == nil {
		return nil, badRequest("chat not found")
	}
	put(s.profile.buttons, c.rec.Chat, json.RawMessage(c.args.str("menu_button")), !found || button.Type == "default")
	return true, nil
}

func getChatMenuButton(s *Server, c *call) (any, *apiError) {
	for _, chat := range []int64{c.rec.Chat, 0} {
		if b := s.profile.buttons[chat]; b != nil {
			return b, nil
		}
	}
	return map[string]string{"type": "default"}, nil
}

func getChat(s *Server, c *call) (any, *apiError) {
	chat, err := s.chatFor(c)
	if chat == nil || err != nil && err.MigrateTo != 0 {
		return nil, err
	}
	return struct {
		wireChat
		AccentColor  int `json:"accent_color_id"`
		MaxReactions int `json:"max_reaction_count"`
	}{chat.wire, 0, 11}, nil
}
