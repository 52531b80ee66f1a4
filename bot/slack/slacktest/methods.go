package slacktest

// method is one method of the Web API.
type method struct {
	name  string
	run   func(*Server, *call) (answer, *apiError)
	json  bool // takes JSON bodies; the others see no arguments in one
	tier  int  // of the rate limits; 0 for none
	posts bool // counts as a message in its channel
	app   bool // wants the app-level token
}

var methods = func() map[string]method {
	all := map[string]method{}
	for _, m := range []method{
		{name: "auth.test", run: (*Server).authTest, json: true},
		{name: "apps.connections.open", run: (*Server).appsConnectionsOpen, json: true, tier: 1, app: true},
		{name: "team.info", run: (*Server).teamInfo, tier: 3},
		{name: "chat.postMessage", run: (*Server).chatPostMessage, json: true, posts: true},
		{name: "chat.update", run: (*Server).chatUpdate, json: true, tier: 3},
		{name: "chat.delete", run: (*Server).chatDelete, json: true, tier: 3},
		{name: "chat.postEphemeral", run: (*Server).chatPostEphemeral, json: true, tier: 4},
		{name: "chat.getPermalink", run: (*Server).chatGetPermalink},
		{name: "conversations.history", run: (*Server).conversationsHistory, tier: 3},
		{name: "conversations.replies", run: (*Server).conversationsReplies, tier: 3},
		{name: "conversations.members", run: (*Server).conversationsMembers, tier: 4},
		{name: "conversations.info", run: (*Server).conversationsInfo, tier: 3},
		{name: "conversations.join", run: (*Server).conversationsJoin, json: true, tier: 3},
		{name: "conversations.open", run: (*Server).conversationsOpen, json: true, tier: 3},
		{name: "users.info", run: (*Server).usersInfo, tier: 4},
		{name: "users.list", run: (*Server).usersList, tier: 2},
		{name: "usergroups.users.list", run: (*Server).usergroupsUsersList, tier: 2},
		{name: "views.open", run: (*Server).viewsOpen, json: true, tier: 4},
		{name: "views.push", run: (*Server).viewsPush, json: true, tier: 4},
		{name: "views.update", run: (*Server).viewsUpdate, json: true, tier: 4},
		{name: "views.publish", run: (*Server).viewsPublish, json: true, tier: 4},
		{name: "reactions.add", run: (*Server).reactionsAdd, json: true, tier: 3},
		{name: "reactions.remove", run: (*Server).reactionsRemove, json: true, tier: 2},
		{name: "files.info", run: (*Server).filesInfo, tier: 4},
		{name: "files.getUploadURLExternal", run: (*Server).filesGetUploadURL, tier: 4},
		{name: "files.completeUploadExternal", run: (*Server).filesCompleteUpload, json: true, tier: 4},
	} {
		all[m.name] = m
	}
	return all
}()

// methodNamed is the method of that name; run is nil when there is none.
func methodNamed(name string) method { return methods[name] }
