package slacktest

import (
	"regexp"
	"sort"
	"strings"
)

var (
	escaper   = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")
	unescaper = strings.NewReplacer("&lt;", "<", "&gt;", ">", "&amp;", "&")

	// control is what <...> may hold: a mention, a channel, a command, a link.
	control = regexp.MustCompile(`^<(@[UW]\w+|#C\w+|!\w[^<>]*|(https?|mailto|tel):[^<>|\s]+)(\|[^<>]*)?>`)
	entity  = regexp.MustCompile(`^&(amp|lt|gt);`)
	// address is a link in a text that is escaped already.
	address = regexp.MustCompile(`^https?://(?:&amp;|[^\s<>|"&])*(?:&amp;|[^\s<>|"&.,;:!?')\]])`)

	emojiName = regexp.MustCompile(`^[a-z0-9_+-]+(::skin-tone-[2-6])?$`)

	// typedLink finds what the app makes a link of while a person types. The
	// text is escaped already.
	typedLink = regexp.MustCompile(`https?://(?:&amp;|[^\s<>|"&])*(?:&amp;|[^\s<>|"&.,;:!?')\]])|[\w.+-]+@[\w-]+(?:\.[\w-]+)+|\b(?:[a-z0-9-]+\.)+(?:com|org|gov|net|edu|io)\b(?:/[^\s<>|"]*[^\s<>|".,;:!?')\]])?`)
	shownLink = regexp.MustCompile(`<([@#!])?([^<>|]*)(?:\|([^<>]*))?>`)
)

// emojis are the few that Slack turns to names here; it does so with all.
var emojis = []string{
	"👍", "+1", "👎", "-1", "🙏", "pray", "✅", "white_check_mark", "❌", "x", "⚠️", "warning",
	"🎉", "tada", "😀", "grinning", "🙂", "slightly_smiling_face", "😢", "cry", "❤️", "heart",
	"🔥", "fire", "👀", "eyes", "🚨", "rotating_light", "📎", "paperclip",
}

var emojiToName, nameToEmoji = func() (*strings.Replacer, *strings.Replacer) {
	var to, from []string
	for i := 0; i < len(emojis); i += 2 {
		name := ":" + emojis[i+1] + ":"
		to, from = append(to, emojis[i], name), append(from, name, emojis[i])
	}
	return strings.NewReplacer(to...), strings.NewReplacer(from...)
}()

// fromBot is the text of an app as Slack keeps it: what is no control sequence
// and no entity is escaped, and addresses become links.
func fromBot(text string) string {
	text = rewrite(text, func(rest string) (taken int, with string) {
		if m := entity.FindString(rest); m != "" {
			return len(m), m
		}
		return 1, escaper.Replace(rest[:1]) // a byte of a longer character is no special one
	})
	return rewrite(text, func(rest string) (taken int, with string) {
		if m := address.FindString(rest); m != "" {
			return len(m), "<" + m + ">"
		}
		return 1, rest[:1]
	})
}

// rewrite copies control sequences and replaces what is between them, piece by
// piece.
func rewrite(text string, next func(rest string) (taken int, with string)) string {
	var b strings.Builder
	for len(text) > 0 {
		if text[0] == '<' {
			if m := control.FindString(text); m != "" {
				b.WriteString(m)
				text = text[len(m):]
				continue
			}
		}
		taken, with := next(text)
		b.WriteString(with)
		text = text[taken:]
	}
	return b.String()
}

// fromPerson is what a person typed as Slack keeps it: everything is escaped,
// addresses become links, @name a mention, an emoji its name.
func (s *Server) fromPerson(text string) string {
	text = emojiToName.Replace(escaper.Replace(text))
	text = typedLink.ReplaceAllStringFunc(text, func(link string) string {
		switch {
		case strings.HasPrefix(link, "http"):
			return "<" + link + ">"
		case strings.Contains(link, "@"):
			return "<mailto:" + link + "|" + link + ">"
		}
		return "<http://" + link + "|" + link + ">"
	})
	for _, word := range []string{"here", "channel", "everyone"} {
		text = replaceWord(text, "@"+word, "<!"+word+">")
	}
	people := make([]*Staff, 0, len(s.people))
	for _, p := range s.people {
		people = append(people, p)
	}
	// The longest name first, so that "@Ana Maria" is not Ana.
	sort.Slice(people, func(i, j int) bool { return len(people[i].name) > len(people[j].name) })
	for _, p := range people {
		text = replaceWord(text, "@"+p.name, "<@"+p.id+">")
	}
	return text
}

// replaceWord replaces a word that begins after a space or at the start, and
// ends before anything but a letter.
func replaceWord(text, word, with string) string {
	var b strings.Builder
	for {
		i := strings.Index(text, word)
		if i < 0 {
			return b.String() + text
		}
		end := i + len(word)
		before := i == 0 && b.Len() == 0 || i > 0 && strings.ContainsAny(text[i-1:i], " \n(")
		after := end == len(text) || !isLetter(text[end])
		b.WriteString(text[:i])
		if before && after {
			b.WriteString(with)
		} else {
			b.WriteString(word)
		}
		text = text[end:]
	}
}

func isLetter(c byte) bool {
	return c == '_' || c >= 0x80 || '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}

// shown is a kept text as a person reads it. *Bold* and other marks stay.
func (s *Server) shown(text string) string {
	text = shownLink.ReplaceAllStringFunc(text, func(m string) string {
		part := shownLink.FindStringSubmatch(m)
		kind, target, label := part[1], part[2], part[3]
		switch {
		case kind == "@" && s.people[target] != nil:
			return "@" + s.people[target].name
		case kind == "#" && s.channels[target] != nil:
			return "#" + s.channels[target].name
		case kind == "!" && label != "":
			return label
		case kind == "!":
			return "@" + target
		case label != "":
			return label
		}
		return kind + strings.TrimPrefix(target, "mailto:")
	})
	return nameToEmoji.Replace(unescaper.Replace(text))
}

// richText is the block that comes with every message a person wrote, as one
// piece of text.
func (s *Server) richText(text string) []block {
	piece := block{"type": "text", "text": s.shown(text)}
	section := block{"type": "rich_text_section", "elements": []any{piece}}
	return []block{{"type": "rich_text", "block_id": "rich0", "elements": []any{section}}}
}
