package telegramtest

import (
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// Telegram's limits, in characters after parsing.
const (
	maxText    = 4096
	maxCaption = 1024
	maxAnswer  = 200 // of answerCallbackQuery
)

// chatFor is the chat a call is about, if the bot may write there.
func (s *Server) chatFor(c *call) (*Chat, *apiError) {
	if strings.TrimSpace(c.args.str("chat_id")) == "" {
		return nil, badRequest("chat_id is empty")
	}
	chat := s.chats[c.rec.Chat]
	if chat == nil {
		return nil, badRequest("chat not found")
	}
	return chat, chat.refusal
}

// textOf reads a text or caption with its entities, as a person will see it.
func textOf(a args, field, entityField string) (string, []Entity, *apiError) {
	text := a.str(field)
	var entities []Entity
	var err error
	switch mode := strings.ToLower(a.str("parse_mode")); mode {
	case "html":
		if text, entities, err = parseHTML(text); err != nil {
			return "", nil, badRequest("can't parse entities: " + err.Error())
		}
	case "", "none":
		if entities, err = givenEntities(a, entityField, text); err != nil {
			return "", nil, badRequest(err.Error())
		}
	default:
		return "", nil, badRequest("unsupported parse_mode")
	}
	text, entities = trimText(text, entities)
	return text, entities, nil
}

// givenEntities reads the entities a bot gave itself.
func givenEntities(a args, field, text string) ([]Entity, error) {
	var entities []Entity
	if _, err := a.object(field, &entities); err != nil {
		return nil, badText("can't parse entities JSON object")
	}
	length := utf16Len(text)
	for _, e := range entities {
		switch {
		case e.Offset < 0:
			return nil, badTextf("receive an entity with incorrect offset %d", e.Offset)
		case e.Length < 0:
			return nil, badTextf("receive an entity with incorrect length %d", e.Length)
		case e.Offset > length:
			return nil, badTextf("entity begins after the end of the text at UTF-16 offset %d", e.Offset)
		case e.Offset+e.Length > length:
			return nil, badTextf("entity beginning at UTF-16 offset %d ends after the end of the text at UTF-16 offset %d", e.Offset, e.Offset+e.Length)
		}
	}
	return sortEntities(entities), nil
}

func sendMessage(s *Server, c *call) (any, *apiError) {
	if c.args.str("text") == "" {
		return nil, badRequest("message text is empty")
	}
	text, entities, err := textOf(c.args, "text", "entities")
	switch {
	case err != nil:
		return nil, err
	case text == "":
		return nil, badRequest("text must be non-empty")
	case utf8.RuneCountInString(text) > maxText:
		return nil, badRequest("message is too long")
	}
	return s.sendAs(c, &wireMessage{Text: text, Entities: entities}, File{})
}

// sendAs puts a message of the bot into the chat of a call.
func (s *Server) sendAs(c *call, w *wireMessage, f File) (any, *apiError) {
	m, err := parseMarkup(c.args)
	if err != nil {
		return nil, err
	}
	chat, err := s.chatFor(c)
	if err != nil {
		return nil, err
	}
	if w.ReplyToMessage, err = replyTarget(c.args, chat); err != nil {
		return nil, err
	}
	from := s.botUser
	w.From, w.ReplyMarkup = &from, m.inline
	st := chat.add(w, true)
	st.editable, st.file = m.editable(), f
	switch {
	case m.keys != nil:
		chat.keys, chat.keysOnce = m.keys, m.once
	case m.remove:
		chat.keys = nil
	}
	return st.wire, nil
}

// replyTarget is the message a call answers, nil when it answers none.
func replyTarget(a args, chat *Chat) (*wireMessage, *apiError) {
	var p struct {
		MessageID    *int64 `json:"message_id"`
		WithoutReply bool   `json:"allow_sending_without_reply"`
	}
	found, err := a.object("reply_parameters", &p)
	switch {
	case err != nil:
		return nil, badRequest("can't parse reply parameters JSON object")
	case found && p.MessageID == nil:
		return nil, badRequest(`can't find field "message_id"`)
	case !found:
		id := a.integer("reply_to_message_id", 0, 0, 1<<62)
		p.MessageID, p.WithoutReply = &id, a.boolean("allow_sending_without_reply")
	}
	if *p.MessageID == 0 {
		return nil, nil
	}
	if m := chat.live(*p.MessageID); m != nil {
		answered := *m.wire
		answered.ReplyToMessage = nil // only one step, as at Telegram
		return &answered, nil
	}
	if p.WithoutReply {
		return nil, nil
	}
	return nil, badRequest("message to be replied not found")
}

// toEdit is the message of the bot that a call wants to edit.
func (s *Server) toEdit(c *call) (*Chat, *stored, *apiError) {
	chat, err := s.chatFor(c)
	if err != nil {
		return nil, nil, err
	}
	id := c.args.integer("message_id", 0, 0, 1<<62)
	if id == 0 {
		return nil, nil, badRequest("message identifier is not specified")
	}
	m := chat.live(id)
	switch {
	case m == nil:
		return nil, nil, badRequest("message to edit not found")
	case !m.fromBot || !m.editable:
		return nil, nil, badRequest("message can't be edited")
	}
	return chat, m, nil
}

const notModified = "message is not modified: specified new message content and reply markup are exactly the same as a current content and reply markup of the message"

func editMessageText(s *Server, c *call) (any, *apiError) {
	if c.args.str("text") == "" {
		return nil, badRequest("message text is empty")
	}
	text, entities, err := textOf(c.args, "text", "entities")
	if err != nil {
		return nil, err
	}
	return s.edit(c, func(w *wireMessage) *apiError {
		switch {
		case w.Text == "":
			return badRequest("there is no text in the message to edit")
		case text == "":
			return badRequest("text must be non-empty")
		case utf8.RuneCountInString(text) > maxText:
			return badRequest("MESSAGE_TOO_LONG")
		}
		w.Text, w.Entities = text, entities
		return nil
	})
}

func editMessageCaption(s *Server, c *call) (any, *apiError) {
	text, entities, err := textOf(c.args, "caption", "caption_entities")
	if err != nil {
		return nil, err
	}
	return s.edit(c, func(w *wireMessage) *apiError {
		switch {
		case w.Text != "":
			return badRequest("there is no caption in the message to edit")
		case utf8.RuneCountInString(text) > maxCaption:
			return badRequest("message caption is too long")
		}
		w.Caption, w.CaptionEntities = text, entities
		return nil
	})
}

func editMessageReplyMarkup(s *Server, c *call) (any, *apiError) {
	return s.edit(c, func(*wireMessage) *apiError { return nil })
}

// edit applies a change and the new inline keyboard, or none, to a message.
func (s *Server) edit(c *call, change func(*wireMessage) *apiError) (any, *apiError) {
	mark, err := parseMarkup(c.args)
	if err != nil {
		return nil, err
	}
	if !mark.editable() {
		return nil, badRequest("inline keyboard expected")
	}
	chat, m, err := s.toEdit(c)
	if err != nil {
		return nil, err
	}
	old, oldText := m.wire, m.view().Text
	next := *old
	if err := change(&next); err != nil {
		return nil, err
	}
	next.ReplyMarkup = mark.inline
	if next.Text == old.Text && next.Caption == old.Caption && sameInline(next.ReplyMarkup, old.ReplyMarkup) &&
		slices.Equal(next.Entities, old.Entities) && slices.Equal(next.CaptionEntities, old.CaptionEntities) {
		return nil, badRequest(notModified)
	}
	m.edited = time.Now()
	next.EditDate = m.edited.Unix()
	m.wire = &next
	m.earlier = append(m.earlier, oldText)
	if len(m.earlier) > s.opt.MaxTranscript {
		m.earlier = m.earlier[1:]
	}
	chat.signal()
	return m.wire, nil
}

func deleteMessage(s *Server, c *call) (any, *apiError) {
	chat, err := s.chatFor(c)
	if err != nil && err.Code != 403 { // one may delete where one may not write
		return nil, err
	}
	id := c.args.integer("message_id", 0, 0, 1<<62)
	if id == 0 {
		return nil, badRequest("message identifier is not specified")
	}
	m := chat.live(id)
	switch {
	case m == nil:
		return nil, badRequest("message to delete not found")
	case !m.fromBot && chat.wire.Type != "private":
		return nil, badRequest("message can't be deleted for everyone")
	}
	m.deleted = time.Now()
	chat.signal()
	return true, nil
}

var chatActions = []string{
	"typing", "upload_photo", "record_video", "upload_video", "record_voice", "upload_voice",
	"upload_document", "choose_sticker", "find_location", "record_video_note", "upload_video_note",
}

func sendChatAction(s *Server, c *call) (any, *apiError) {
	chat, err := s.chatFor(c)
	if err != nil {
		return nil, err
	}
	action := c.args.str("action")
	if !slices.Contains(chatActions, action) {
		return nil, badRequest("wrong parameter action in request")
	}
	if len(chat.actions) >= s.opt.MaxTranscript {
		chat.actions = slices.Delete(chat.actions, 0, len(chat.actions)/2+1)
	}
	chat.actions = append(chat.actions, action)
	chat.signal()
	return true, nil
}
