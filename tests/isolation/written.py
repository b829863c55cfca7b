"""What is written: which permission each route needs, and who has it. The matrix compares every answer of the hub with this.

A route that stands nowhere here fails the matrix; so does one that says another permission than is written. A line tells the
permission of the door, then what sending a form needs where that is more; and with a third, looking needs the second.
"""

from __future__ import annotations

ROUTES_WRITTEN = """
/                                                                                signed_in
accounts                                                                         signed_in
a/<int:account_id>/accounts                                                      account.enter
acting/stop                                                                      signed_in
sign-in                                                                          public
sign-out                                                                         public
password                                                                         signed_in
mail/file/<str:token>                                                            public
mail/stop/<str:token>                                                            public
invitation/<str:token>                                                           public
reset/<str:token>                                                                public
a/<int:account_id>/profile                                                       profile.edit
a/<int:account_id>/profile/colours                                               account.enter
a/<int:account_id>/profile/sessions                                              profile.edit
a/<int:account_id>/                                                              account.enter  page.dashboard  page.dashboard
a/<int:account_id>/search                                                        account.enter
a/<int:account_id>/notifications                                                 account.enter
a/<int:account_id>/notifications/read                                            account.enter
a/<int:account_id>/settings                                                      account.view
a/<int:account_id>/settings/account                                              account.view
a/<int:account_id>/settings/account/pause                                        account.pause
a/<int:account_id>/settings/account/resume                                       account.pause
a/<int:account_id>/settings/calendar                                             account.view
a/<int:account_id>/settings/email                                                connection.edit
a/<int:account_id>/settings/email/save                                           connection.edit
a/<int:account_id>/settings/email/fields                                         connection.edit
a/<int:account_id>/settings/email/sign-in                                        connection.edit
a/<int:account_id>/settings/email/test-mail                                      connection.edit
a/<int:account_id>/settings/email/test                                           connection.edit
a/<int:account_id>/settings/email/disconnect                                     connection.edit
a/<int:account_id>/settings/email/account                                        addons.edit
a/<int:account_id>/settings/email/account/save                                   addons.edit
a/<int:account_id>/settings/email/account/fields                                 addons.edit
a/<int:account_id>/settings/email/account/sign-in                                addons.edit
a/<int:account_id>/settings/email/account/test-mail                              addons.edit
a/<int:account_id>/settings/email/account/test                                   addons.edit
a/<int:account_id>/settings/email/account/disconnect                             addons.edit
a/<int:account_id>/settings/email/waiting                                        connection.edit
a/<int:account_id>/settings/email/all                                            addons.view
a/<int:account_id>/settings/email/all/switch-off                                 addons.edit
a/<int:account_id>/settings/email/all/default                                    addons.edit
a/<int:account_id>/settings/email/all/fall-back                                  addons.edit
a/<int:account_id>/settings/email/all/share                                      addons.edit
a/<int:account_id>/settings/spending                                             account.view
a/<int:account_id>/settings/sub-accounts                                         account.view
a/<int:account_id>/settings/sub-accounts/new                                     subaccounts.create
a/<int:account_id>/settings/sub-accounts/<int:child_id>/lock                     locks.edit
a/<int:account_id>/settings/sub-accounts/<int:child_id>/unlock                   locks.edit
a/<int:account_id>/settings/lists                                                account.view
a/<int:account_id>/settings/lists/lead-sources                                   lead_sources.edit
a/<int:account_id>/settings/lists/lead-sources/<int:source_id>                   lead_sources.edit
a/<int:account_id>/settings/lists/sales-cycle                                    sales_cycle.edit
a/<int:account_id>/settings/lists/sales-cycle/<int:stage_id>                     sales_cycle.edit
a/<int:account_id>/settings/lists/sales-cycle/<int:stage_id>/remove              sales_cycle.edit
a/<int:account_id>/settings/lists/tags                                           account.view
a/<int:account_id>/settings/lists/tags/add                                       tags.edit
a/<int:account_id>/settings/lists/tags/<int:tag_id>                              tags.edit
a/<int:account_id>/settings/lists/tags/<int:tag_id>/merge                        tags.edit
a/<int:account_id>/settings/lists/tags/<int:tag_id>/remove                       tags.edit
a/<int:account_id>/settings/lists/waiting                                        contacts.import
a/<int:account_id>/settings/locks                                                locks.edit
a/<int:account_id>/settings/locks/<slug:subject>                                 locks.edit
a/<int:account_id>/settings/api                                                  account.view
a/<int:account_id>/settings/api/key/<slug:kind>/make                             account.view
a/<int:account_id>/settings/api/key/<slug:kind>/reveal                           account.view
a/<int:account_id>/settings/api/key/<slug:kind>/rotate                           account.view
a/<int:account_id>/settings/api/key/<slug:kind>/end                              account.view
a/<int:account_id>/settings/api/duplicates                                       account.edit
a/<int:account_id>/settings/api/users/add                                        api_users.create
a/<int:account_id>/settings/api/users/<int:api_user_id>                          api_users.create
a/<int:account_id>/settings/api/users/<int:api_user_id>/secret                   api_users.create
a/<int:account_id>/settings/api/users/<int:api_user_id>/withdraw                 api_users.create
a/<int:account_id>/settings/audit                                                audit.view
a/<int:account_id>/settings/suppressed                                           suppressions.view
a/<int:account_id>/settings/suppressed/add                                       suppressions.edit
a/<int:account_id>/settings/suppressed/export                                    suppressions.view
a/<int:account_id>/settings/suppressed/<int:suppression_id>/away                 suppressions.edit
a/<int:account_id>/settings/files                                                plans.edit
a/<int:account_id>/settings/files/<int:file_id>/away                             plans.edit
a/<int:account_id>/settings/users/add                                            users.create
a/<int:account_id>/settings/users                                                users.view
a/<int:account_id>/settings/users/archived                                       users.view
a/<int:account_id>/settings/users/<int:user_id>                                  users.view
a/<int:account_id>/settings/users/<int:user_id>/access                           users.view
a/<int:account_id>/settings/users/<int:user_id>/roles/<int:grant_id>             users.change_role
a/<int:account_id>/settings/users/<int:user_id>/log-in-as                        login_as.use
a/<int:account_id>/settings/users/<int:user_id>/password                         users.set_password
a/<int:account_id>/settings/users/<int:user_id>/link                             users.set_password
a/<int:account_id>/settings/users/<int:user_id>/archive                          users.archive
a/<int:account_id>/settings/users/<int:user_id>/block                            users.archive
a/<int:account_id>/settings/webhooks                                             webhooks.view
a/<int:account_id>/settings/webhooks/new                                         webhooks.make
a/<int:account_id>/settings/webhooks/<int:hook_id>                               webhooks.view
a/<int:account_id>/settings/webhooks/<int:hook_id>/deliveries/<int:delivery_id>  webhooks.view
a/<int:account_id>/settings/webhooks/<int:hook_id>/try                           webhooks.edit
a/<int:account_id>/settings/webhooks/<int:hook_id>/switch                        webhooks.edit
a/<int:account_id>/settings/webhooks/<int:hook_id>/replay                        webhooks.edit
a/<int:account_id>/settings/webhooks/<int:hook_id>/rotate                        webhooks.make
a/<int:account_id>/settings/webhooks/<int:hook_id>/remove                        webhooks.edit
a/<int:account_id>/contacts                                                      contacts.view
a/<int:account_id>/contacts/new                                                  contacts.create
a/<int:account_id>/contacts/act                                                  contacts.view
a/<int:account_id>/contacts/changes                                              contacts.view
a/<int:account_id>/contacts/changes/<int:change_id>                              contacts.view
a/<int:account_id>/contacts/changes/<int:change_id>/cancel                       contacts.view
a/<int:account_id>/contacts/export                                               contacts.export
a/<int:account_id>/contacts/filters                                              filters.save
a/<int:account_id>/contacts/filters/<int:filter_id>/forget                       filters.save
a/<int:account_id>/contacts/<int:contact_id>                                     contacts.view
a/<int:account_id>/contacts/<int:contact_id>/notes                               contacts.view
a/<int:account_id>/contacts/<int:contact_id>/edit                                contacts.view
a/<int:account_id>/contacts/<int:contact_id>/archive                             contacts.view  contacts.delete  contacts.delete
a/<int:account_id>/contacts/<int:contact_id>/restore                             contacts.view
a/<int:account_id>/contacts/import                                               contacts.import
a/<int:account_id>/imports                                                       contacts.import
a/<int:account_id>/imports/<int:import_id>                                       contacts.import
a/<int:account_id>/imports/<int:import_id>/columns                               contacts.import
a/<int:account_id>/imports/<int:import_id>/start                                 contacts.import
a/<int:account_id>/imports/<int:import_id>/cancel                                contacts.import
a/<int:account_id>/imports/<int:import_id>/resume                                contacts.import
a/<int:account_id>/imports/<int:import_id>/undo                                  contacts.import
a/<int:account_id>/imports/<int:import_id>/problems.csv                          contacts.import
a/<int:account_id>/plans                                                         plans.view
a/<int:account_id>/plans/new                                                     plans.view  plans.edit  plans.edit
a/<int:account_id>/plans/choose                                                  plans.use
a/<int:account_id>/plans/<int:plan_id>                                           plans.view
a/<int:account_id>/plans/<int:plan_id>/details                                   plans.view  plans.edit  plans.edit
a/<int:account_id>/plans/<int:plan_id>/sleep                                     plans.view  plans.edit  plans.edit
a/<int:account_id>/plans/<int:plan_id>/copy                                      plans.view  plans.edit  plans.edit
a/<int:account_id>/plans/<int:plan_id>/archive                                   plans.view  plans.edit  plans.edit
a/<int:account_id>/plans/<int:plan_id>/restore                                   plans.view  plans.edit  plans.edit
a/<int:account_id>/plans/<int:plan_id>/contacts                                  plans.view
a/<int:account_id>/plans/<int:plan_id>/changes                                   plans.view
a/<int:account_id>/plans/<int:plan_id>/activity                                  plans.view
a/<int:account_id>/plans/<int:plan_id>/enroll                                    plans.use
a/<int:account_id>/plans/<int:plan_id>/enroll/<int:batch_id>                     plans.use
a/<int:account_id>/plans/<int:plan_id>/stop                                      plans.use
a/<int:account_id>/plans/<int:plan_id>/preview                                   plans.view
a/<int:account_id>/plans/<int:plan_id>/preview/contact                           plans.view
a/<int:account_id>/plans/<int:plan_id>/start-draft                               plans.view  plans.edit  plans.edit
a/<int:account_id>/plans/<int:plan_id>/edit                                      plans.view  plans.edit  plans.edit
a/<int:account_id>/plans/<int:plan_id>/edit/order                                plans.view  plans.edit  plans.edit
a/<int:account_id>/plans/<int:plan_id>/edit/hours                                plans.view  plans.edit  plans.edit
a/<int:account_id>/plans/<int:plan_id>/edit/goals                                plans.view  plans.edit  plans.edit
a/<int:account_id>/plans/<int:plan_id>/edit/ready                                plans.view  plans.edit  plans.edit
a/<int:account_id>/plans/<int:plan_id>/edit/discard                              plans.view  plans.edit  plans.edit
a/<int:account_id>/plans/<int:plan_id>/edit/field                                plans.view  plans.edit  plans.edit
a/<int:account_id>/plans/<int:plan_id>/edit/try                                  plans.view  plans.edit  plans.edit
a/<int:account_id>/plans/<int:plan_id>/edit/to-me                                plans.view  plans.edit  plans.edit
a/<int:account_id>/plans/<int:plan_id>/edit/upload                               plans.view  plans.edit  plans.edit
a/<int:account_id>/plans/<int:plan_id>/edit/steps/new                            plans.view  plans.edit  plans.edit
a/<int:account_id>/plans/<int:plan_id>/edit/steps/<uuid:key>                     plans.view  plans.edit  plans.edit
a/<int:account_id>/plans/<int:plan_id>/edit/steps/<uuid:key>/remove              plans.view  plans.edit  plans.edit
a/<int:account_id>/plans/<int:plan_id>/edit/steps/<uuid:key>/copy                plans.view  plans.edit  plans.edit
a/<int:account_id>/plans/<int:plan_id>/edit/steps/<uuid:key>/test  plans.view  plans.edit  plans.edit
a/<int:account_id>/plans/<int:plan_id>/edit/steps/<uuid:key>/test/<uuid:run_id>  plans.view  plans.edit  plans.edit
a/<int:account_id>/runs                                                          runs.view
a/<int:account_id>/runs/inbox                                                    runs.view
a/<int:account_id>/runs/inbox/decide                                             runs.resolve
a/<int:account_id>/runs/replay                                                   runs.resolve
a/<int:account_id>/runs/replays/<int:replay_id>                                  runs.view
a/<int:account_id>/runs/replays/<int:replay_id>/cancel                           runs.resolve
a/<int:account_id>/runs/<uuid:run_id>                                            runs.view
a/<int:account_id>/runs/<uuid:run_id>/decide                                     runs.resolve
a/<int:account_id>/why                                                           runs.view
a/<int:account_id>/silence/<int:watched_id>                                      runs.view  addons.edit
a/<int:account_id>/add-ons                                                       addons.view
a/<int:account_id>/add-ons/request                                               addons.view
a/<int:account_id>/add-ons/<slug:addon>                                          addons.view
a/<int:account_id>/add-ons/<slug:addon>/settings                                 addons.edit
a/<int:account_id>/add-ons/<slug:addon>/sign-in                                  addons.edit
a/<int:account_id>/add-ons/<slug:addon>/sign-out                                 addons.edit
oauth/callback                                                                   public
a/<int:account_id>/add-ons/<slug:addon>/on                                       addons.edit
a/<int:account_id>/add-ons/<slug:addon>/off                                      addons.edit
a/<int:account_id>/add-ons/<slug:addon>/lend                                     addons.edit
a/<int:account_id>/add-ons/<slug:addon>/borrow                                   addons.edit
a/<int:account_id>/add-ons/<slug:addon>/test                                     addons.edit
a/<int:account_id>/add-ons/<slug:addon>/lists/<slug:name>                        addons.edit
a/<int:account_id>/add-ons/<slug:addon>/try-now                                  addons.edit
a/<int:account_id>/add-ons/<slug:addon>/drift                                    addons.edit
a/<int:account_id>/add-ons/<slug:addon>/offer                                    addons.offer
a/<int:account_id>/add-ons/<slug:addon>/import                                   contacts.import
a/<int:account_id>/add-ons/<slug:addon>/import/start                             contacts.import
a/<int:account_id>/add-ons/<slug:addon>/import/timetable                         addons.edit
a/<int:account_id>/add-ons/<slug:addon>/import/known                             addons.edit
a/<int:account_id>/add-ons/<slug:addon>/mappings                                 addons.view
a/<int:account_id>/add-ons/<slug:addon>/mappings/list/<int:number>               addons.edit
a/<int:account_id>/add-ons/<slug:addon>/mappings/add                             addons.edit
a/<int:account_id>/add-ons/<slug:addon>/mappings/remove                          addons.edit
a/<int:account_id>/add-ons/<slug:addon>/mappings/defaults                        addons.edit
a/<int:account_id>/add-ons/<slug:addon>/mappings/skip                            addons.edit
a/<int:account_id>/add-ons/<slug:addon>/mappings/pass-on                         addons.edit
a/<int:account_id>/add-ons/<slug:addon>/mappings/take-back                       addons.edit
a/<int:account_id>/add-ons/<slug:addon>/incoming                                 addons.view
a/<int:account_id>/add-ons/<slug:addon>/incoming/address                         secrets.edit
a/<int:account_id>/add-ons/<slug:addon>/incoming/<int:arrival_id>/again          addons.edit
a/<int:account_id>/add-ons/<slug:addon>/test-mail  addons.edit
api-reference  public
in/<str:token>                                                                   public
health/live                                                                      public
health/ready                                                                     public
api/openapi.json                                                                 public
GET api/me                                                                       endpoint.me.read
GET api/account                                                                  endpoint.account.read
GET api/contacts                                                                 endpoint.contacts.list
POST api/contacts                                                                endpoint.contacts.create
GET api/contacts/<contact_id>                                                    endpoint.contacts.read
PATCH api/contacts/<contact_id>                                                  endpoint.contacts.edit
DELETE api/contacts/<contact_id>                                                 endpoint.contacts.archive
GET api/contacts/<contact_id>/emails/<email_id>  endpoint.emails.read
POST api/contacts/<contact_id>/emails  endpoint.emails.send
v2/api/create_manual_email  endpoint.v2.create_manual_email
POST api/contacts/<contact_id>/tags                                              endpoint.tags.set
GET api/contacts/<contact_id>/notes                                              endpoint.notes.list
POST api/contacts/<contact_id>/notes                                             endpoint.notes.write
GET api/lead-sources                                                             endpoint.lead_sources.list
GET api/sales-cycles                                                             endpoint.sales_cycles.list
GET api/tags                                                                     endpoint.tags.list
GET api/custom-fields                                                            endpoint.custom_fields.list
GET api/users                                                                    endpoint.users.list
GET api/plans                                                                    endpoint.plans.read
POST api/enrollments                                                             endpoint.plans.enroll
GET api/contacts/<contact_id>/enrollments                                        endpoint.enrollments.list
POST api/enrollments/<enrollment_id>/stop                                        endpoint.plans.stop
GET api/contacts/<contact_id>/runs                                               endpoint.runs.read
GET api/hooks                                                                    endpoint.hooks.list
POST api/hooks                                                                   endpoint.hooks.subscribe
GET api/hooks/sample                                                             endpoint.hooks.sample
DELETE api/hooks/<hook_id>                                                       endpoint.hooks.subscribe
api/                                                                             public
v2/api/create_client                                                             endpoint.v2.create_client
v2/api/update_client_by_id                                                       endpoint.v2.update_client_by_id
v2/api/read_client_exist                                                         endpoint.v2.read_client_exist
v2/api/read_client_by_id/<str:client_id>                                         endpoint.v2.read_client_by_id
v2/api/read_client_list                                                          endpoint.v2.read_client_list
v2/api/delete_client_by_id                                                       endpoint.v2.delete_client_by_id
v2/api/delete_client_by_external_id                                              endpoint.v2.delete_client_by_external_id
v2/api/read_action_plan_list                                                     endpoint.v2.read_action_plan_list
v2/api/read_lead_source_list                                                     endpoint.v2.read_lead_source_list
v2/api/read_sales_cycle_list                                                     endpoint.v2.read_sales_cycle_list
v2/api/read_user_list                                                            endpoint.v2.read_user_list
v2/api/create_client_note                                                        endpoint.v2.create_client_note
v2/api/read_client_note_list                                                     endpoint.v2.read_client_note_list
^v2/api(?:/.*)?$                                                                 public
^api(?:/.*)?$                                                                    public
styleguide                                                                       public
"""

EVERYBODY, PEOPLE, LEADERS, OPERATORS = (
    "leaders standard sales operators",
    "leaders standard sales",
    "leaders",
    "operators",
)

WHO = {
    "account.enter": EVERYBODY,
    "profile.edit": EVERYBODY,
    "connection.edit": PEOPLE,
    "page.dashboard": PEOPLE,
    **dict.fromkeys(
        ("contacts.view", "contacts.create", "filters.save", "plans.view", "plans.use", "runs.view"), PEOPLE
    ),
    **dict.fromkeys(("account.view", "account.edit", "account.pause", "locks.edit", "subaccounts.create"), LEADERS),
    **dict.fromkeys(("addons.view", "addons.edit", "secrets.edit", "api_users.create", "audit.view"), LEADERS),
    **dict.fromkeys(("webhooks.view", "webhooks.edit", "webhooks.make"), LEADERS),
    **dict.fromkeys(("suppressions.view", "suppressions.edit"), LEADERS),
    **dict.fromkeys(("contacts.delete", "contacts.import", "contacts.export"), LEADERS),
    **dict.fromkeys(("lead_sources.edit", "sales_cycle.edit", "tags.edit", "plans.edit", "runs.resolve"), LEADERS),
    **dict.fromkeys(
        ("users.view", "users.create", "users.change_role", "users.archive", "users.set_password"), LEADERS
    ),
    "login_as.use": "leaders operators",
    "addons.offer": OPERATORS,
}
"""Permission → whose roles carry it; leaders are owners and admins, also those of an account above."""

NOT_AS_ANOTHER = ("profile.edit", "connection.edit")
"""What is one's own alone: nobody does it who has logged in as somebody else."""

OF_OTHERS = ("change_id", "replay_id", "run_id")
"""Rows that a salesperson sees only where they are about contacts of their own; those of the matrix are not."""

METHODS = ("GET", "POST", "PATCH", "DELETE")


def _read(line: str) -> tuple[str, tuple[str, str, str]]:
    words = line.split()
    beginning = 2 if words[0] in METHODS else 1
    needed = words[beginning:]
    return " ".join(words[:beginning]).removeprefix("/"), (
        needed[0],
        needed[1] if len(needed) > 2 else needed[0],
        needed[-1],
    )


ROUTES: dict[str, tuple[str, str, str]] = dict(_read(line) for line in ROUTES_WRITTEN.strip().splitlines())
"""Route → what its door says, what looking needs, and what sending needs."""
