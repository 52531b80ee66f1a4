// Package telegramtest is a Telegram Bot API server for tests and load: one
// bot, any number of people, on 127.0.0.1. A bot talks to it by HTTP exactly
// as to api.telegram.org; a test acts as the people (User, Group), breaks
// things (Inject, SetFaults) and reads what happened (Transcript, Journal,
// Confirmations, Duplicates).
//
//	server, err := telegramtest.New(telegramtest.Quick())
//	defer server.Close()
//	ana := server.User(1001, "es")
//	ana.Say("/start")
//	said, err := ana.AwaitReplies(ctx, 1) // what Ana sees on her phone
//	ana.Press(said[0].ID, "yes")
//
// # Faithful
//
// The semantics follow the published server (tdlib/telegram-bot-api) and the
// answers observed from the real one:
//   - getUpdates confirms every update below offset; a negative offset counts
//     from the end and forgets the rest; an offset more than 10 past the next id
//     confirms nothing and gives everything (this is what a bot meets after ids
//     restarted, see JumpIDs); allowed_updates is
//     remembered and filters only what comes after it; unconfirmed updates are
//     kept 24 hours, presses 150 seconds; at most 100,000 wait.
//   - Of two long polls the earlier ends with 409; 409 while a webhook is set;
//     the second 409 within 3 seconds is held back 3 seconds; the same offset
//     asked twice within 3 seconds waits at least 3 seconds.
//   - A webhook gets updates one at a time per queue, up to max_connections
//     queues at once; on anything but 2xx again at once, then after 2, 4, 8 ...
//     seconds, or after Retry-After. Messages of a chat are one queue, the presses of a
//     person ANOTHER, chat member changes a third: a press can overtake the
//     message before it, as at Telegram.
//   - HTML is parsed byte by byte with Telegram's error texts. A text counts
//     1-4096 characters after parsing and trimming, a caption 0-1024.
//   - An edit without reply_markup takes the keyboard away; an equal edit is
//     400; a message with a reply keyboard or from a person cannot be edited.
//   - A bot cannot write first; a person who blocked it gives 403; a group
//     that became a supergroup gives 400 with migrate_to_chat_id.
//   - A press must be answered once, within 150 seconds; an empty callback_data
//     is refused as a "text button", one over 64 bytes as BUTTON_DATA_INVALID.
//   - A file over 20 MB cannot be fetched; links to files expire in an hour.
//
// # Not faithful
//
//   - One bot; no channels, topics, business accounts, inline mode, payments,
//     polls, reactions. A method that is not here answers 404.
//   - parse_mode Markdown and MarkdownV2 are refused. Of the entities Telegram
//     finds by itself only bot commands in people's messages are found.
//     Overlapping entities are not split.
//   - A webhook may be plain http and is not tried out by setWebhook; a method
//     call in the answer to a webhook is ignored; setWebhook has no rate limit.
//   - The real rate limits are secret and allow bursts. Here they are the
//     published ones, strictly: a message a second and chat, 30 a second in
//     all. Only messages count, not edits.
//   - Smaller sizes of a photo are a piece of its bytes, not a smaller image.
//   - Group privacy mode is off; the bot is an ordinary member.
//   - That an edit in a chat whose person blocked the bot is refused with 403
//     is an assumption.
package telegramtest
