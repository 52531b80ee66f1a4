package telegram

import (
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/go-telegram/bot/models"

	"imrbot/bot"
	"imrbot/dialog"
)

// envelope is what of an update is read before anything else: enough to confirm
// it and to tell whose it is, whatever the rest looks like.
type envelope struct {
	ID int64 `json:"update_id"`
}

// taken is what an update asks of us.
type taken struct {
	// events are handled in their order; none for an update that is nothing
	// to us.
	events []bot.Inbound
	// caption is what was written beside a file, and named tells that it is kept
	// as the file's name: it is then read only for a danger to life.
	caption *bot.Inbound
	named   bool
	// press is the id of a press to be answered, pressed the message it was
	// made on.
	press   string
	pressed int
}

// errTorn: what Telegram sent is no JSON.
var errTorn = errors.New("update: is no JSON")

// read turns an update into events. It fails when the update cannot be read.
func read(raw []byte, now time.Time) (taken, error) {
	var torn struct {
		Unreadable []byte `json:"unreadable"`
	}
	if json.Unmarshal(raw, &torn) == nil && torn.Unreadable != nil {
		return taken{}, errTorn
	}
	var u models.Update
	if err := json.Unmarshal(raw, &u); err != nil {
		return readPlain(raw, now)
	}
	switch {
	case u.Message != nil:
		return readMessage(u.Message, now), nil
	case u.EditedMessage != nil:
		return readEdit(u.EditedMessage, now), nil
	case u.CallbackQuery != nil:
		return readPress(u.CallbackQuery, now), nil
	}
	return taken{}, nil
}

// plainUpdate is a message without the parts that change from year to year.
type plainUpdate struct {
	Message *struct {
		ID   int         `json:"message_id"`
		Date int         `json:"date"`
		From models.User `json:"from"`
		Chat struct {
			ID   int64  `json:"id"`
			Type string `json:"type"`
		} `json:"chat"`
		Text     string             `json:"text"`
		Photo    []models.PhotoSize `json:"photo"`
		Document *models.Document   `json:"document"`
		Caption  string             `json:"caption"`
		Group    string             `json:"media_group_id"`
		// Origin tells that somebody else wrote it.
		Origin json.RawMessage `json:"forward_origin"`
	} `json:"message"`
}

// readPlain reads the words or the letter of a message of which something else
// cannot be read: what a person sent counts for more than what Telegram adds.
func readPlain(raw []byte, now time.Time) (taken, error) {
	var u plainUpdate
	if err := json.Unmarshal(raw, &u); err != nil {
		return taken{}, fmt.Errorf("update: %w", err)
	}
	m := u.Message
	if m == nil || m.Text == "" && m.Photo == nil && m.Document == nil || m.ID == 0 || m.Chat.ID == 0 || m.Chat.Type != string(models.ChatTypePrivate) || m.From.IsBot {
		return taken{}, fmt.Errorf("update: of an unknown form")
	}
	message := &models.Message{
		ID: m.ID, Date: m.Date, From: &m.From, Text: m.Text, Photo: m.Photo, Document: m.Document, Caption: m.Caption,
		MediaGroupID: m.Group, Chat: models.Chat{ID: m.Chat.ID, Type: models.ChatTypePrivate},
	}
	if len(m.Origin) > 0 {
		message.ForwardOrigin = &models.MessageOrigin{}
	}
	return readMessage(message, now), nil
}

// base is the part of an event that every message gives.
func base(m *models.Message, now time.Time) bot.Inbound {
	in := bot.Inbound{
		Chat: chatKey(m.Chat.ID), Key: bot.InKey(fmt.Sprintf("%s:message:%d:%d", Name, m.Chat.ID, m.ID)),
		At: written(int64(max(m.Date, m.EditDate)), now), Message: strconv.Itoa(m.ID),
	}
	if m.From != nil {
		in.Lang = m.From.LanguageCode
	}
	return in
}

// written is when a message was written, as Telegram has it: "today" in a message
// that waited for us over night is the day before. A time that cannot be, by our
// clock, is now.
func written(unix int64, now time.Time) time.Time {
	at := time.Unix(unix, 0)
	if at.After(now) || now.Sub(at) > maxWait {
		return now
	}
	return at
}

// one is an update that is one event.
func one(in bot.Inbound) taken { return taken{events: []bot.Inbound{in}} }

func readMessage(m *models.Message, now time.Time) taken {
	in := base(m, now)
	switch {
	case m.Chat.Type != models.ChatTypePrivate:
		return readGroup(m, in)
	case m.From == nil || m.From.IsBot:
		return taken{}
	}
	t := readPrivate(m, in)
	if m.Caption != "" && m.ForwardOrigin == nil {
		said := in
		said.Kind, said.Text, said.Key = bot.InText, m.Caption, in.Key+":caption"
		t.caption, t.named = &said, utf8.RuneCountInString(m.Caption) <= maxCaption
	}
	return t
}

// readPrivate reads a person's message, but for its caption.
func readPrivate(m *models.Message, in bot.Inbound) taken {
	switch {
	case m.Photo != nil, m.Document != nil && m.Animation == nil:
		return readFile(m, in)
	case m.ForwardOrigin != nil:
		return received(in, dialog.ReceivedForwarded)
	case isStart(m.Text):
		in.Kind = bot.InStart
		_, payload, _ := strings.Cut(m.Text, " ")
		in.Payload = strings.TrimSpace(payload)
		return one(in)
	case m.Text != "":
		in.Kind, in.Text = bot.InText, m.Text
		return one(in)
	case m.Contact != nil && m.Contact.UserID == m.From.ID:
		in.Kind, in.Text = bot.InContact, m.Contact.PhoneNumber
		return one(in)
	}
	kind := kindOf(m)
	if kind == "" {
		return taken{} // a service message: nobody said anything
	}
	return received(in, kind)
}

// isStart tells /start, /start payload and /start@name from other words.
func isStart(text string) bool {
	first, _, _ := strings.Cut(text, " ")
	name, _, _ := strings.Cut(first, "@")
	return name == "/start"
}

func received(in bot.Inbound, kind dialog.ReceivedKind) taken {
	in.Kind, in.Received = bot.InReceived, kind
	return one(in)
}

// readGroup tells a group, once, that we speak only in private: the key is the
// group's, so that every later message is one that was handled before.
func readGroup(m *models.Message, in bot.Inbound) taken {
	if m.Chat.Type != models.ChatTypeGroup && m.Chat.Type != models.ChatTypeSupergroup {
		return taken{}
	}
	in.Key = bot.InKey(fmt.Sprintf("%s:group:%d", Name, m.Chat.ID))
	return received(in, dialog.ReceivedGroup)
}

// kindOf names what a message is that holds neither words nor a letter; "" for
// what is no message of a person.
func kindOf(m *models.Message) dialog.ReceivedKind {
	switch {
	case m.Voice != nil, m.Audio != nil:
		return dialog.ReceivedVoice
	case m.Video != nil, m.VideoNote != nil, m.Animation != nil:
		return dialog.ReceivedVideo
	case m.Sticker != nil, m.Dice != nil:
		return dialog.ReceivedSticker
	case m.Location != nil, m.Venue != nil:
		return dialog.ReceivedLocation
	case m.Contact != nil:
		return dialog.ReceivedContact
	case m.Poll != nil, m.Game != nil, m.Story != nil, m.Checklist != nil, m.PaidMedia != nil:
		return dialog.ReceivedOther
	}
	return ""
}

// readFile takes a photograph in its full size, or a document. What can be told
// to be of no use is not fetched.
func readFile(m *models.Message, in bot.Inbound) taken {
	fetch := &bot.Fetch{Group: m.MediaGroupID, Message: in.Message, Name: firstLine(m.Caption), Lang: in.Lang}
	var size int64
	if m.Document != nil {
		fetch.Remote, size = m.Document.FileID, m.Document.FileSize
		if name := m.Document.FileName; name != "" && fetch.Name != "" {
			fetch.Name += " (" + name + ")"
		} else if name != "" {
			fetch.Name = name
		}
		if !mayKeep(m.Document.MimeType) {
			return received(in, dialog.ReceivedFileType)
		}
	} else {
		best := largest(m.Photo)
		fetch.Remote, size = best.FileID, int64(best.FileSize)
	}
	switch {
	case fetch.Remote == "":
		return received(in, dialog.ReceivedOther)
	case size > bot.MaxFileBytes:
		return received(in, dialog.ReceivedFileTooBig)
	}
	in.Kind, in.Fetch = bot.InFetch, fetch
	return one(in)
}

// mayKeep tells whether a document of that media type is worth fetching; its
// bytes decide later.
func mayKeep(mime string) bool {
	mime = strings.ToLower(mime)
	return mime == "" || mime == "application/pdf" || mime == "application/octet-stream" || strings.HasPrefix(mime, "image/")
}

func largest(sizes []models.PhotoSize) models.PhotoSize {
	var best models.PhotoSize
	for _, s := range sizes {
		if s.Width*s.Height >= best.Width*best.Height {
			best = s
		}
	}
	return best
}

// firstLine is a caption as a file's name.
func firstLine(caption string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(caption), "\n")
	if r := []rune(line); len(r) > maxCaption {
		return string(r[:maxCaption])
	}
	return line
}

// readEdit reads a typed message that was changed. Telegram gives an edit no id
// of its own; its time has seconds, in which two edits can fall, so its text is
// part of the key.
func readEdit(m *models.Message, now time.Time) taken {
	if m.Chat.Type != models.ChatTypePrivate || m.From == nil || m.From.IsBot || m.Text == "" || m.ForwardOrigin != nil {
		return taken{}
	}
	in := base(m, now)
	sum := fnv.New64a()
	sum.Write([]byte(m.Text))
	in.Key = bot.InKey(fmt.Sprintf("%s:edit:%d:%d:%d:%x", Name, m.Chat.ID, m.ID, m.EditDate, sum.Sum64()))
	in.Kind, in.Text = bot.InEdit, m.Text
	return one(in)
}

func readPress(q *models.CallbackQuery, now time.Time) taken {
	var chat models.Chat
	message := 0
	if m := q.Message.Message; m != nil {
		chat, message = m.Chat, m.ID
	} else if m := q.Message.InaccessibleMessage; m != nil {
		chat, message = m.Chat, m.MessageID
	}
	if chat.ID == 0 || chat.Type != models.ChatTypePrivate || q.From.ID != chat.ID { // a stranger's press answers nothing
		return taken{press: q.ID}
	}
	in := bot.Inbound{
		Chat: chatKey(chat.ID), Key: bot.InKey(Name + ":press:" + q.ID), At: now, Kind: bot.InPress, Lang: q.From.LanguageCode,
	}
	in.Node, in.Value = parseData(q.Data)
	return taken{events: []bot.Inbound{in}, press: q.ID, pressed: message}
}

func containsFold(text, part string) bool {
	return strings.Contains(strings.ToLower(text), strings.ToLower(part))
}
