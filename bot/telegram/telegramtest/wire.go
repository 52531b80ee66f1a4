package telegramtest

import (
	"encoding/json"
	"strconv"
)

// The forms of the Bot API, only the fields this server fills.

type wireUser struct {
	ID           int64  `json:"id"`
	IsBot        bool   `json:"is_bot"`
	FirstName    string `json:"first_name"`
	LastName     string `json:"last_name,omitempty"`
	Username     string `json:"username,omitempty"`
	LanguageCode string `json:"language_code,omitempty"`
}

type wireChat struct {
	ID        int64  `json:"id"`
	Type      string `json:"type"`
	Title     string `json:"title,omitempty"`
	Username  string `json:"username,omitempty"`
	FirstName string `json:"first_name,omitempty"`
	LastName  string `json:"last_name,omitempty"`
}

// Entity is a part of a text that looks or acts otherwise than the rest.
// Offset and Length count UTF-16 code units, as in the Bot API.
type Entity struct {
	Type          string `json:"type"`
	Offset        int    `json:"offset"`
	Length        int    `json:"length"`
	URL           string `json:"url,omitempty"`
	Language      string `json:"language,omitempty"`
	CustomEmojiID string `json:"custom_emoji_id,omitempty"`
}

type wireMessage struct {
	MessageID       int64           `json:"message_id"`
	From            *wireUser       `json:"from,omitempty"`
	SenderChat      *wireChat       `json:"sender_chat,omitempty"`
	Date            int64           `json:"date"`
	Chat            wireChat        `json:"chat"`
	ForwardOrigin   *wireOrigin     `json:"forward_origin,omitempty"`
	ReplyToMessage  *wireMessage    `json:"reply_to_message,omitempty"`
	EditDate        int64           `json:"edit_date,omitempty"`
	MediaGroupID    string          `json:"media_group_id,omitempty"`
	Text            string          `json:"text,omitempty"`
	Entities        []Entity        `json:"entities,omitempty"`
	Photo           []wirePhoto     `json:"photo,omitempty"`
	Document        *wireDocument   `json:"document,omitempty"`
	Voice           *wireVoice      `json:"voice,omitempty"`
	Sticker         *wireSticker    `json:"sticker,omitempty"`
	Location        *wireLocation   `json:"location,omitempty"`
	Contact         *wireContact    `json:"contact,omitempty"`
	Caption         string          `json:"caption,omitempty"`
	CaptionEntities []Entity        `json:"caption_entities,omitempty"`
	MigrateToChat   int64           `json:"migrate_to_chat_id,omitempty"`
	MigrateFromChat int64           `json:"migrate_from_chat_id,omitempty"`
	ReplyMarkup     *inlineKeyboard `json:"reply_markup,omitempty"`
}

type wireFile struct {
	FileID       string `json:"file_id"`
	FileUniqueID string `json:"file_unique_id"`
	FileSize     int64  `json:"file_size,omitempty"`
	FilePath     string `json:"file_path,omitempty"`
}

type wirePhoto struct {
	wireFile
	Width  int `json:"width"`
	Height int `json:"height"`
}

type wireDocument struct {
	wireFile
	FileName string `json:"file_name,omitempty"`
	MimeType string `json:"mime_type,omitempty"`
}

type wireVoice struct {
	wireFile
	Duration int    `json:"duration"`
	MimeType string `json:"mime_type,omitempty"`
}

type wireSticker struct {
	wireFile
	Type       string `json:"type"`
	Width      int    `json:"width"`
	Height     int    `json:"height"`
	IsAnimated bool   `json:"is_animated"`
	IsVideo    bool   `json:"is_video"`
	Emoji      string `json:"emoji,omitempty"`
}

type wireLocation struct {
	Latitude  float64 `json:"latitude"`
	Longitude float64 `json:"longitude"`
}

type wireContact struct {
	PhoneNumber string `json:"phone_number"`
	FirstName   string `json:"first_name"`
	UserID      int64  `json:"user_id,omitempty"`
}

type wireOrigin struct {
	Type            string    `json:"type"`
	Date            int64     `json:"date"`
	SenderUser      *wireUser `json:"sender_user,omitempty"`
	SenderUserName  string    `json:"sender_user_name,omitempty"`
	SenderChat      *wireChat `json:"sender_chat,omitempty"`
	Chat            *wireChat `json:"chat,omitempty"`
	MessageID       int64     `json:"message_id,omitempty"`
	AuthorSignature string    `json:"author_signature,omitempty"`
}

type wireQuery struct {
	ID           string          `json:"id"`
	From         wireUser        `json:"from"`
	Message      json.RawMessage `json:"message"`
	ChatInstance string          `json:"chat_instance"`
	Data         string          `json:"data"`
}

type wireMember struct {
	User      wireUser `json:"user"`
	Status    string   `json:"status"`
	UntilDate *int64   `json:"until_date,omitempty"`
}

type wireMemberUpdate struct {
	Chat wireChat   `json:"chat"`
	From wireUser   `json:"from"`
	Date int64      `json:"date"`
	Old  wireMember `json:"old_chat_member"`
	New  wireMember `json:"new_chat_member"`
}

// mustJSON encodes a value of the types above, which cannot fail.
func mustJSON(v any) json.RawMessage {
	b, err := json.Marshal(v)
	if err != nil {
		panic("telegramtest: a form of the Bot API does not encode: " + err.Error())
	}
	return b
}

func itoa(n int64) string { return strconv.FormatInt(n, 10) }
