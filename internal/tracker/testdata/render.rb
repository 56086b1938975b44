# Reads texts as a real Redmine shows them: with links to what exists, macros and names.
# Run by TestRedmineShowsTextsAsTheyAre: rails runner render.rb IN OUT.
require 'json'
User.current = User.find_by!(login: 'admin')
project = Project.create!(name: 'Moodle upgrade', identifier: 'sandbox')
project.enabled_module_names = %w[issue_tracking wiki news repository boards documents]
tracker = Tracker.first
project.trackers = [tracker]
IssuePriority.create!(name: 'Normal') if IssuePriority.none?
issue = Issue.create!(project: project, tracker: tracker, author: User.current, subject: 'One',
                      status: IssueStatus.first, priority: IssuePriority.first)
Version.create!(project: project, name: '1.0')
wiki = Wiki.create!(project: project, start_page: 'Wiki')
WikiPage.new(wiki: wiki, title: 'Wiki').tap { |p| p.content = WikiContent.new(page: p, text: 'SECRET', author: User.current) }.save!
repository = Repository::Git.new(project: project, url: '/nowhere/x.git', is_default: true)
repository.save!(validate: false)
%w[12 c3b2a1908f7e6d5c4b3a29180f7e6d5c4b3a2918].each do |revision|
  Changeset.create!(repository: repository, revision: revision, scmid: revision, committed_on: Time.now, comments: 'x')
end

controller = ApplicationController.new
controller.request = ActionDispatch::TestRequest.create
view = controller.view_context
# Redmine keeps what it read of its settings for a while, by a clock of whole seconds: it is told what to use.
markup = nil
Setting.define_singleton_method(:text_formatting) { markup }
out = JSON.parse(File.read(ARGV[0])).map do |job|
  markup = job['markup']
  {
    html: view.textilizable(job['text'], object: issue, project: project).to_s,
    names: issue.send(:scan_for_mentioned_users, job['text']).flatten.reject(&:blank?)
  }
end
File.write(ARGV[1], JSON.generate(out))
