// Package slacktest is a Slack server for tests and load: one workspace, one
// app, any number of people, on 127.0.0.1. A bot talks to it as to slack.com,
// through a client whose API URL is Server.URL; a test acts as the people
// (Staff), breaks things (Inject, SetFaults, Down, Disconnect) and reads what
// happened (Calls, Deliveries, Fates, MetadataCounts, Counters).
//
//	server, err := slacktest.New(slacktest.Quick())
//	defer server.Close()
//	rosa := server.Staff("U1", "Rosa", true) // true: a member of the desk's channel
//	card, err := rosa.AwaitMessage(ctx, slacktest.DeskChannel, func(m slacktest.Message) bool { return m.Bot })
//	press, err := rosa.Press(card.TS, "claim", "")
//	err = press.Await(ctx) // acknowledged
//	_, err = rosa.Reply(card.TS, ">> We have your letter.")
//
// # Faithful
//
// Checked against Slack's documentation, the threads of its libraries' users
// and what bots met:
//   - The ts of messages are unique and rise. A reply to a message that was
//     deleted meanwhile shows in the channel, without a thread_ts in the answer
//     and without an error. Deleting the first message of a thread leaves a
//     tombstone and the replies; the app sees a message_changed. The tombstone
//     goes with the last reply.
//   - A chat.update with a text alone takes the blocks away, and marks the
//     message as edited; one with blocks does not mark it. Metadata stay unless
//     new ones, or {}, are sent.
//   - History tells of metadata only the event_type unless include_all_metadata
//     is set. With oldest alone, pages begin at the oldest end; each page has the
//     newest message first. Replies come oldest first; the thread's first
//     message leads the first page and no other.
//   - Texts are kept escaped, with links and mentions in <>; see Staff.Post.
//   - Events: retried with the same event_id and a new envelope_id, after
//     Options.Retries, then lost, also when no socket is open; history keeps the
//     messages. An ack counts on the socket the envelope came by; one of 20 KB or
//     more is dropped. Interactions and commands are not retried: the person
//     sees a failure.
//   - The bot's own messages come back as events (without a subtype, as for
//     every app of today; with "username" as bot_message). One mention is two
//     events, message and app_mention, with different event_ids.
//   - A trigger_id works once, for 3 seconds; a response_url five times in 30
//     minutes. An action on an ephemeral message comes without the message. A
//     private channel is "privategroup" in payloads.
//   - Modals: stack of three; required inputs, lengths and options are checked
//     before a submission; errors at a block that is no input are trouble; typed
//     text survives an update of the view.
//   - A private file without the token redirects to a sign-in page with status
//     200.
//   - HTTP mode: url_verification, signatures, X-Slack-Retry-Num and -Reason,
//     X-Slack-No-Retry.
//
// # Not faithful
//
//   - One workspace and one app; no scopes, no Enterprise, no Slack Connect, no
//     group messages, canvases, lists, workflows, legacy attachments' buttons,
//     scheduled messages. A method that is not here answers unknown_method.
//   - Blocks are checked for what goes wrong in practice: types, lengths,
//     counts, options, ids that repeat. Confirmation dialogs, images, rich text
//     and tables are not looked into. What blocks weigh in all is an estimate:
//     their texts and 40 characters a block, at most 13,200. A text over 4,000
//     characters in chat.update is refused, as observed and not as documented.
//   - A typed text's rich_text block is one piece of text. Of emojis about
//     fifteen become names, of bare domains those with a well-known ending.
//     External menus take any text and ask the app for no suggestions.
//   - Slack promises no order of events; here they come in order, unless a fault
//     says otherwise or Options.HTTPParallel is above 1.
//   - The rate limits are the published ones, strictly: Slack allows bursts.
//     Only counted by default; see Limits.
//   - views.open while a modal is open replaces it.
//   - Assumptions: the codes invalid_trigger_id and file_not_found for an
//     upload that did not happen; that conversations.replies of a reply's ts
//     gives only that reply, that a thread_ts of a reply means its thread, and
//     that an ack by another socket is not taken.
package slacktest
