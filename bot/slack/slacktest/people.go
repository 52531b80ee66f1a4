package slacktest

import (
	"fmt"
	"slices"
	"sort"
	"strings"
)

func (p *Staff) username() string { return strings.ToLower(strings.ReplaceAll(p.name, " ", ".")) }

func (p *Staff) wire() answer {
	return answer{
		"id": p.id, "team_id": TeamID, "name": p.username(), "deleted": p.gone, "real_name": p.name, "is_bot": p.bot,
		"tz": "America/Los_Angeles", "tz_offset": -25200, "updated": 1700000000, "is_app_user": false,
		"is_admin": false, "is_owner": false, "is_restricted": false, "is_ultra_restricted": false,
		"profile": answer{"real_name": p.name, "display_name": p.name, "team": TeamID, "bot_id": map[bool]any{true: BotID}[p.bot]},
	}
}

// Staff returns the person with this id, which begins with U, made at the first
// call; a member is in DeskChannel. Nobody is told, as they were there before
// the app was; see Hire and Join for people who come.
func (s *Server) Staff(id, name string, member bool) *Staff {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.people[id]
	if p == nil {
		p = &Staff{server: s, id: id, name: name}
		s.people[id] = p
	}
	if desk := s.channels[DeskChannel]; member && !desk.has(id) {
		desk.members = append(desk.members, id)
	}
	return p
}

// Hire returns a person who is new in the workspace, of whom the app is told.
func (s *Server) Hire(id, name string) *Staff {
	p := s.Staff(id, name, false)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.emit("team_join", "", "", "", answer{"user": p.wire()})
	return p
}

// Join puts the person into a channel, as somebody's invitation would. Unknown
// channels are an error.
func (p *Staff) Join(channel string) error { return p.move(channel, p.server.join) }

// Leave takes the person out of a channel.
func (p *Staff) Leave(channel string) error { return p.move(channel, p.server.leave) }

func (p *Staff) move(id string, do func(*channel, *Staff)) error {
	p.server.mu.Lock()
	defer p.server.mu.Unlock()
	ch := p.server.channels[id]
	if ch == nil || ch.direct != "" {
		return fmt.Errorf("slacktest: no channel %q", id)
	}
	do(ch, p)
	return nil
}

// Deactivate ends the person's account: out of every channel and every group,
// and "deleted" in users.info.
func (p *Staff) Deactivate() {
	s := p.server
	s.mu.Lock()
	defer s.mu.Unlock()
	p.gone = true
	for _, ch := range s.channels {
		ch.members = slices.DeleteFunc(ch.members, func(id string) bool { return id == p.id })
	}
	for g, users := range s.groups {
		s.groups[g] = slices.DeleteFunc(users, func(id string) bool { return id == p.id })
	}
	s.emit("user_change", "", "", "", answer{"user": p.wire()})
	s.signal()
}

func (s *Server) authTest(c *call) (answer, *apiError) {
	return answer{
		"url": s.base + "/", "team": "slacktest", "team_id": TeamID, "user": s.opt.BotName, "user_id": BotUserID,
		"bot_id": BotID, "is_enterprise_install": false,
	}, nil
}

func (s *Server) teamInfo(*call) (answer, *apiError) {
	return answer{"team": answer{"id": TeamID, "name": "slacktest", "domain": "slacktest", "email_domain": "", "url": s.base + "/"}}, nil
}

func (s *Server) usersInfo(c *call) (answer, *apiError) {
	p := s.people[c.args.str("user")]
	if p == nil {
		return nil, failed("user_not_found")
	}
	return answer{"user": p.wire()}, nil
}

func (s *Server) usersList(c *call) (answer, *apiError) {
	var ids []string
	for id := range s.people {
		ids = append(ids, id)
	}
	sort.Strings(ids)
	page, next, err := paged(c, ids, 200, 1000)
	if err != nil {
		return nil, err
	}
	members := make([]answer, 0, len(page))
	for _, id := range page {
		members = append(members, s.people[id].wire())
	}
	return answer{"members": members, "cache_ts": 1700000000, "response_metadata": map[string]any{"next_cursor": next}}, nil
}

func (s *Server) usergroupsUsersList(c *call) (answer, *apiError) {
	users, ok := s.groups[c.args.str("usergroup")]
	if !ok {
		return nil, failed("no_such_subteam")
	}
	return answer{"users": append([]string{}, users...)}, nil
}
