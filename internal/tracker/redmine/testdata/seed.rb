# What the tests find on a Redmine beside its default configuration.
Setting.rest_api_enabled = '1'
Setting.text_formatting = 'textile'
Setting.default_language = 'en'
Setting.notified_events = []

def key(user, letter)
  Token.where(user_id: user.id, action: 'api').delete_all
  Token.create!(user: user, action: 'api').update_column(:value, letter * 40)
end

def person(login, letter, first, last)
  user = User.new(firstname: first, lastname: last, mail: "#{login}@example.invalid", language: 'en')
  user.login = login
  user.password = user.password_confirmation = SecureRandom.hex
  user.mail_notification = 'none'
  user.save!
  key(user, letter)
  user
end

admin = User.find_by!(login: 'admin')
admin.update!(must_change_passwd: false, mail_notification: 'none')
key(admin, 'a')
people = {
  person('manager', 'b', 'Mary', 'Manager') => 'Manager',
  person('second', 'c', 'Simon', 'Second') => 'Manager',
  person('developer', 'd', 'Dora', 'Developer') => 'Developer',
  person('reporter', 'e', 'Rob', 'Reporter') => 'Reporter'
}
person('stranger', 'f', 'Sam', 'Stranger')

def project(name, identifier, parent = nil)
  p = Project.new(name: name, identifier: identifier, is_public: false)
  p.trackers = Tracker.all.to_a
  p.enabled_module_names = %w(issue_tracking)
  p.save!
  p.set_parent!(parent) if parent
  p
end

upgrade = project('Moodle upgrade', 'moodle-upgrade')
below = project('Moodle plugins', 'moodle-plugins', upgrade)
beside = project('Sandbox', 'sandbox')
people.each do |user, role|
  [upgrade, below, beside].each do |p|
    Member.create!(project: p, principal: user, roles: [Role.find_by!(name: role)])
  end
end

# Names like those of a site that keeps its upgrades in Redmine.
feature = Tracker.find_by!(name: 'Feature')
task = Tracker.new(name: 'Task', default_status: feature.default_status)
task.save!
task.copy_workflow_rules(feature)
[upgrade, below, beside].each { |p| p.trackers << task unless p.trackers.include?(task) }

[['Component', 'string', nil], ['Verdict', 'list', %w(keep drop rebase)]].each do |name, format, values|
  f = IssueCustomField.new(name: name, field_format: format, is_for_all: true, is_filter: true)
  f.possible_values = values if values
  f.trackers = Tracker.all.to_a
  f.save!
end
Version.create!(project: upgrade, name: 'Moodle 4.5', status: 'open')
Version.create!(project: upgrade, name: 'Moodle 4.1', status: 'closed')
