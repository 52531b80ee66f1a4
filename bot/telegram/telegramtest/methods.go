package telegramtest

import "strings"

// method is one method of the Bot API. run is called with the server's lock
// held; getUpdates leaves it while it waits.
type method struct {
	name  string
	sends bool // makes a message, which the rate limits count
	run   func(*Server, *call) (any, *apiError)
}

// methodNamed finds a method; run is nil when there is none of that name,
// which may be in any case.
func methodNamed(name string) method { return methods[strings.ToLower(name)] }

var methods = byName([]method{
	{"getMe", false, getMe},
	{"getUpdates", false, getUpdates},
	{"setWebhook", false, setWebhook},
	{"deleteWebhook", false, deleteWebhook},
	{"getWebhookInfo", false, getWebhookInfo},
	{"sendMessage", true, sendMessage},
	{"sendDocument", true, sendDocument},
	{"sendPhoto", true, sendPhoto},
	{"sendChatAction", false, sendChatAction},
	{"editMessageText", false, editMessageText},
	{"editMessageCaption", false, editMessageCaption},
	{"editMessageReplyMarkup", false, editMessageReplyMarkup},
	{"deleteMessage", false, deleteMessage},
	{"answerCallbackQuery", false, answerCallbackQuery},
	{"getFile", false, getFile},
	{"getChat", false, getChat},
	{"setMyCommands", false, setMyCommands},
	{"getMyCommands", false, getMyCommands},
	{"deleteMyCommands", false, deleteMyCommands},
	{"setMyDescription", false, setMyDescription},
	{"getMyDescription", false, getMyDescription},
	{"setMyShortDescription", false, setMyShortDescription},
	{"getMyShortDescription", false, getMyShortDescription},
	{"setChatMenuButton", false, setChatMenuButton},
	{"getChatMenuButton", false, getChatMenuButton},
})

func byName(all []method) map[string]method {
	m := make(map[string]method, len(all))
	for _, one := range all {
		m[strings.ToLower(one.name)] = one
	}
	return m
}
