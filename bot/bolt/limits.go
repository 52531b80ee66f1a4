package bolt

import "time"

// The limits of the store, each with its reason.
const (
	// lockWait is how long Open waits for the file: long enough for a command
	// that is just ending, short enough for a person at a terminal.
	lockWait = 2 * time.Second

	// queueLimit is how many calls may wait for the writer. A call beyond it
	// waits in its own goroutine until there is room or its context ends.
	queueLimit = 256
	// groupCalls and groupBytes end a group: one transaction must stay small
	// enough that a chat waits milliseconds for it.
	groupCalls = 256
	groupBytes = 8 << 20

	// maxName bounds a ChatKey and an InKey, in bytes.
	maxName = 256
	// maxState, maxIntake and maxRow bound one encoded state, intake, and row
	// of the outbox or ticket, in bytes. A real state is about 2 KB; the
	// limits lie above what the longest answers of package dialog can make,
	// because a turn that is too large could never be committed.
	maxState  = 4 << 20
	maxIntake = 4 << 20
	maxRow    = 64 << 10
	// maxRows, maxTickets, maxIntakes and maxAudits bound one turn.
	maxRows    = 64
	maxTickets = 16
	maxIntakes = 16
	maxAudits  = 16

	// maxKeep is how many intakes a turn that erases may keep.
	maxKeep = 256

	// rotateKeys is how many data keys one step of a change of keys seals anew:
	// some milliseconds of the writer's time.
	rotateKeys = 512

	// expireBatch is how many intakes or conversations one transaction erases
	// because their time is over: some milliseconds of the writer's time.
	expireBatch = 32

	// cachedKeys is how many unwrapped data keys stay in memory: about 1 KB
	// each. A miss costs some microseconds.
	cachedKeys = 4096

	// cachedStates is how many conversations stay decoded in memory, about
	// 10 KB each, and cachedState the largest encoded state among them. To
	// decode a state costs as much as all else the store does for a turn.
	cachedStates = 1024
	cachedState  = 32 << 10

	// refsOut is how many references may be reserved at one time. More means
	// that a caller forgets to release them.
	refsOut = 65536

	// seenDays is how many whole days a seen key is remembered. Platforms
	// deliver an event again for up to one day.
	seenDays = 8
	// seenDrop is how many old seen keys one commit drops for each turn it
	// writes: more than one, so that a backlog shrinks; few, so that no chat
	// waits for the cleaning.
	seenDrop = 4

	// maxDead and maxQuarantine are how many given-up rows and unreadable
	// events are kept for a look; the oldest make room.
	maxDead       = 10_000
	maxQuarantine = 1_000
	// quarantineAge is how long an unreadable event is kept for a look. It may
	// hold anything a person sent, and no erasure reaches one that names no
	// chat: a month is long enough to find a defect of ours by it.
	quarantineAge = 30 * 24 * time.Hour

	// reviveTries is how often a row is sealed anew for a conversation that
	// moved on meanwhile: a chat is not that fast.
	reviveTries = 10

	// maxAudit and auditDays, seven years, say when an entry of the audit goes.
	// auditDrop is how many go with each that is added.
	maxAudit  = 1_000_000
	auditDays = 7*365 + 2
	auditDrop = 2
	// maxAuditText bounds each text of an entry, in bytes.
	maxAuditText = 128

	// maxRaw is how much is kept of one unreadable event, in bytes.
	maxRaw = 256 << 10

	// minFileAge is the least age of a file that is removed because nothing
	// names it: the turn that will may be under way.
	minFileAge = time.Hour

	// compactBytes is how much a compaction copies in one transaction.
	compactBytes = 16 << 20
	// spareRoom is what must stay free on the disk beside a copy of the store.
	spareRoom = 16 << 20

	// maxManifest bounds the list of a backup's entries, in bytes: about a
	// million letters.
	maxManifest = 192 << 20

	// pageRows is how many rows one read transaction of a listing takes. A
	// long read transaction keeps the file from reusing its pages.
	pageRows = 128
	// pendingRows is the most rows that Pending returns.
	pendingRows = 1024
	// dueChats is the most chats that Due returns, some 20 MB. It is large because
	// those that fail stay in front, and must not hide the others.
	dueChats = 100_000
	// maxProblems is how many damaged values one report names.
	maxProblems = 100
	// maxKeyFile bounds what is read of a key file, in bytes.
	maxKeyFile = 4096
)
