//! All kinds of records in one table, and the fields of any of them.
//!
//! Adding a kind means a line here and its definition in its own file; the match arms that the compiler then asks for
//! are all places that must know of it.

use adjutant_base::{CompartmentId, DocumentClass, DocumentId, RecordId};
use serde::{Deserialize, Serialize};

use crate::money::Currency;
use crate::people::PersonId;
use crate::schema::{FieldError, FieldInfo};
use crate::value::{InvalidValue, Raw};

/// The table of kinds, handed to the macro that is named: module, struct and field enum; the board's table; words;
/// title field; where records live; fields that a record must have; fields that never change once set.
macro_rules! all_kinds {
    ($expand:ident) => {
        $expand! {
            /// A project.
            project::Project(ProjectField) in projects, "project", title "name", lives Own, required ["name"];
            /// A milestone of a project.
            project::Milestone(MilestoneField) in milestones, "milestone", title "name",
                lives Beside("project", Kind::Project), required ["project", "name"];
            /// An action item.
            action::Action(ActionField) in actions, "action", title "title", lives Yearly("actions"), required ["title"];
            /// A budget.
            budget::Budget(BudgetField) in budgets, "budget", title "name", lives Own, required ["name"];
            /// A line of a budget.
            budget::BudgetLine(BudgetLineField) in budget_lines, "budget line", title "name",
                lives Beside("budget", Kind::Budget), required ["budget", "name"];
            /// A transfer between lines of a budget, or a supplement to one.
            ledger::Transfer(TransferField) in transfers, "transfer", title "title",
                lives Beside("budget", Kind::Budget), required ["budget", "title", "amount", "period"];
            /// A posting: an actual amount of a ledger.
            ledger::Posting(PostingField) in postings, "posting", title "title",
                lives Beside("budget", Kind::Budget), required ["budget", "line", "day", "amount"];
            /// A commitment: money that is promised and not yet invoiced.
            ledger::Commitment(CommitmentField) in commitments, "commitment", title "title",
                lives Beside("budget", Kind::Budget), required ["budget", "line", "title", "amount"];
            /// An accrual: what was received in a period and not invoiced yet.
            ledger::Accrual(AccrualField) in accruals, "accrual", title "title",
                lives Beside("budget", Kind::Budget), required ["budget", "line", "title", "amount", "period"];
            /// An explanation of a variance.
            ledger::Explanation(ExplanationField) in explanations, "explanation", title "title",
                lives Beside("budget", Kind::Budget), required ["budget", "line", "period", "title"];
            /// A period of a budget that is closed.
            ledger::PeriodClose(PeriodCloseField) in period_closes, "period close", title "note",
                lives Beside("budget", Kind::Budget), required ["budget", "period"], fixed ["period"];
            /// A person.
            people::Person(PersonField) in people, "person", title "name", lives Index, required ["name"];
            /// A device.
            people::Device(DeviceField) in devices, "device", title "name", lives Index, required ["name"];
            /// An entry in the list of documents.
            people::DocumentEntry(DocumentEntryField) in documents, "document entry", title "title",
                lives Index, required ["document"];
            /// The settings of the workspace.
            settings::Settings(SettingsField) in settings, "settings", title "name", lives Index, required [];
            /// A working calendar.
            workdays::Calendar(CalendarField) in calendars, "calendar", title "name",
                lives Register("calendars"), required ["name"];
            /// A day on which a calendar differs from its weekdays.
            workdays::CalendarDay(CalendarDayField) in calendar_days, "calendar day", title "name",
                lives Beside("calendar", Kind::Calendar), required ["calendar", "day"];
            /// A task of a project.
            task::Task(TaskField) in tasks, "task", title "name",
                lives Beside("project", Kind::Project), required ["project", "name"];
            /// A dependency between two tasks.
            task::Dependency(DependencyField) in dependencies, "dependency", title "kind",
                lives Beside("project", Kind::Project), required ["project", "predecessor", "successor"],
                fixed ["predecessor", "successor"];
            /// A baseline of a project.
            task::Baseline(BaselineField) in baselines, "baseline", title "name",
                lives Beside("project", Kind::Project), required ["project", "name"], fixed ["taken_on"];
            /// One task as a baseline holds it.
            task::BaselineTask(BaselineTaskField) in baseline_tasks, "baseline task", title "name",
                lives Beside("baseline", Kind::Baseline), required ["baseline", "task"],
                fixed ["task", "name", "start", "finish", "duration", "planned_cost"];
            /// A status update of a project.
            status::StatusUpdate(StatusUpdateField) in status_updates, "status update", title "title",
                lives Beside("project", Kind::Project), required ["project", "title"];
            /// What was expected of a milestone on a day.
            status::MilestoneReading(MilestoneReadingField) in milestone_readings, "milestone reading", title "day",
                lives Beside("project", Kind::Project), required ["project", "milestone", "day"],
                fixed ["milestone", "day", "expected", "is_done"];
            /// A risk or an issue of a project.
            status::Risk(RiskField) in risks, "risk", title "title",
                lives Beside("project", Kind::Project), required ["project", "title"];
            /// Who is what to a deliverable.
            status::Responsibility(ResponsibilityField) in responsibilities, "responsibility", title "deliverable",
                lives Beside("project", Kind::Project), required ["project", "deliverable"];
            /// A vendor.
            vendor::Vendor(VendorField) in vendors, "vendor", title "name", lives Register("vendors"), required ["name"];
            /// A person at a vendor.
            vendor::Contact(ContactField) in contacts, "contact", title "name",
                lives Beside("vendor", Kind::Vendor), required ["vendor", "name"];
            /// Something that was said between us and a vendor.
            vendor::Interaction(InteractionField) in interactions, "interaction", title "title",
                lives Beside("vendor", Kind::Vendor), required ["vendor", "title"];
            /// A contract.
            vendor::Contract(ContractField) in contracts, "contract", title "name",
                lives Yearly("contracts"), required ["name"];
            /// A licence.
            licence::Licence(LicenceField) in licences, "licence", title "product",
                lives Register("licences"), required ["product"];
            /// A seat of a licence that is given away.
            licence::Assignment(AssignmentField) in assignments, "assignment", title "holder",
                lives Beside("licence", Kind::Licence), required ["licence"];
            /// How much of a licence was in use on a day.
            licence::UsageCount(UsageCountField) in usage_counts, "usage count", title "day",
                lives Beside("licence", Kind::Licence), required ["licence", "day"];
            /// A purchase request.
            procurement::PurchaseRequest(PurchaseRequestField) in purchase_requests, "purchase request", title "title",
                lives Yearly("requests"), required ["title"];
            /// A quote for a purchase request.
            procurement::Quote(QuoteField) in quotes, "quote", title "title",
                lives Beside("request", Kind::PurchaseRequest), required ["request", "title"];
            /// An order.
            procurement::PurchaseOrder(PurchaseOrderField) in purchase_orders, "order", title "number",
                lives Yearly("orders"), required ["number"];
            /// A line of an order.
            procurement::OrderLine(OrderLineField) in order_lines, "order line", title "name",
                lives Beside("order", Kind::PurchaseOrder), required ["order", "name"];
            /// Something that arrived for an order.
            procurement::Receipt(ReceiptField) in receipts, "receipt", title "reference",
                lives Beside("order", Kind::PurchaseOrder), required ["order", "line"];
            /// An invoice.
            procurement::Invoice(InvoiceField) in invoices, "invoice", title "number",
                lives Yearly("invoices"), required ["number"];
            /// A line of an invoice.
            procurement::InvoiceLine(InvoiceLineField) in invoice_lines, "invoice line", title "name",
                lives Beside("invoice", Kind::Invoice), required ["invoice", "name"];
            /// One step on an invoice's way through its approvers.
            procurement::Approval(ApprovalField) in approvals, "approval", title "step",
                lives Beside("invoice", Kind::Invoice), required ["invoice", "person"];
            /// A comparison of options.
            evaluation::Evaluation(EvaluationField) in evaluations, "evaluation", title "title",
                lives Own, required ["title"];
            /// A criterion of an evaluation.
            evaluation::Criterion(CriterionField) in criteria, "criterion", title "name",
                lives Beside("evaluation", Kind::Evaluation), required ["evaluation", "name"];
            /// Something that can be chosen.
            evaluation::Choice(ChoiceField) in options, "option", title "name",
                lives Beside("evaluation", Kind::Evaluation), required ["evaluation", "name"];
            /// A score of an option on a criterion.
            evaluation::Score(ScoreField) in scores, "score", title "value",
                lives Beside("option", Kind::Choice), required ["option", "criterion", "evaluator"],
                fixed ["criterion", "evaluator"];
            /// Something that was done to follow an action up.
            action::FollowUp(FollowUpField) in follow_ups, "follow-up", title "title",
                lives Beside("action", Kind::Action), required ["action", "title"];
            /// An action that comes round.
            action::ActionSeries(ActionSeriesField) in action_series, "action series", title "title",
                lives Register("action series"), required ["title", "rule", "first_day"];
            /// A series of meetings.
            meeting::MeetingSeries(MeetingSeriesField) in meeting_series, "meeting series", title "name",
                lives Own, required ["name"];
            /// A meeting.
            meeting::Meeting(MeetingField) in meetings, "meeting", title "title",
                lives Beside("series", Kind::MeetingSeries), required ["series", "day"];
            /// Somebody at a meeting.
            meeting::Attendee(AttendeeField) in attendees, "attendee", title "person",
                lives Beside("meeting", Kind::Meeting), required ["meeting", "person"], fixed ["person"];
            /// A topic of a meeting.
            meeting::AgendaItem(AgendaItemField) in agenda_items, "agenda item", title "title",
                lives Beside("meeting", Kind::Meeting), required ["meeting", "title"];
            /// A line of minutes.
            meeting::Minute(MinuteField) in minutes, "minute", title "text",
                lives Beside("meeting", Kind::Meeting), required ["meeting", "text"];
            /// A decision.
            meeting::Decision(DecisionField) in decisions, "decision", title "title",
                lives Beside("meeting", Kind::Meeting), required ["meeting", "title"];
            /// A change to a service.
            change::Change(ChangeField) in changes, "change", title "title", lives Yearly("changes"), required ["title"];
            /// Days on which nothing is to be changed.
            change::Freeze(FreezeField) in freezes, "freeze", title "name",
                lives Register("windows"), required ["name", "from", "to"];
            /// Hours in which a service may be changed.
            change::MaintenanceWindow(MaintenanceWindowField) in maintenance_windows, "maintenance window", title "name",
                lives Register("windows"), required ["name", "from", "to"];
            /// A communication.
            change::Communication(CommunicationField) in communications, "communication", title "title",
                lives Yearly("communications"), required ["title"];
            /// A template of checklists.
            onboarding::ChecklistTemplate(ChecklistTemplateField) in checklist_templates, "checklist template", title "name",
                lives Register("templates"), required ["name"];
            /// An item of a template.
            onboarding::TemplateItem(TemplateItemField) in template_items, "template item", title "title",
                lives Beside("template", Kind::ChecklistTemplate), required ["template", "title"];
            /// A checklist.
            onboarding::Checklist(ChecklistField) in checklists, "checklist", title "title",
                lives Yearly("checklists"), required ["title"];
            /// An item of a checklist.
            onboarding::ChecklistItem(ChecklistItemField) in checklist_items, "checklist item", title "title",
                lives Beside("checklist", Kind::Checklist), required ["checklist", "title"];
            /// An access of a person to a system.
            onboarding::AccessGrant(AccessGrantField) in access_grants, "access grant", title "system",
                lives Register("accesses"), required ["system", "person"];
            /// A document that compliance asks for.
            compliance::ComplianceDocument(ComplianceDocumentField) in compliance_documents, "compliance document",
                title "title", lives Register("compliance"), required ["title"];
            /// A file that belongs to a record; its bytes are not synced.
            compliance::Attachment(AttachmentField) in attachments, "attachment", title "name",
                lives Yearly("attachments"), required ["name"];
            /// A figure that is followed over time.
            compliance::Metric(MetricField) in metrics, "metric", title "name", lives Register("metrics"), required ["name"];
            /// A metric's value on a day.
            compliance::MetricPoint(MetricPointField) in metric_points, "metric point", title "day",
                lives Beside("metric", Kind::Metric), required ["metric", "day"], fixed ["day"];
            /// Somebody has taken note of an obligation.
            compliance::Acknowledgement(AcknowledgementField) in acknowledgements, "acknowledgement", title "note",
                lives Yearly("acknowledgements"), required ["about", "duty", "act_by"],
                fixed ["about", "duty", "act_by", "step"];
            /// A remark of a reviewer.
            review::Remark(RemarkField) in remarks, "remark", title "text", lives Reviews, required ["about", "text"],
                fixed ["about"];
            /// A decision of a reviewer.
            review::SignOff(SignOffField) in sign_offs, "sign-off", title "verdict", lives Reviews,
                required ["about", "verdict", "person", "document", "heads"],
                fixed ["about", "verdict", "person", "day", "document", "heads"];
            /// How far somebody has read a document.
            review::SeenMark(SeenMarkField) in seen_marks, "seen mark", title "document", lives Reviews,
                required ["person", "document"], fixed ["person", "document"];
            /// A version of the whole workspace with a name.
            review::NamedVersion(NamedVersionField) in versions, "version", title "name", lives Register("versions"),
                required ["name", "documents"], fixed ["documents"];
        }
    };
}
pub(crate) use all_kinds;

macro_rules! kinds {
    ($(
        $(#[doc = $doc:literal])+
        $module:ident::$name:ident($field_enum:ident) in $table:ident, $label:literal, title $title:literal,
        lives $place:ident $(($($of:expr),+))?, required [$($required:literal),*] $(, fixed [$($fixed:literal),*])?;
    )+) => {
        /// A kind of record.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Kind { $($(#[doc = $doc])+ $name,)+ }

        impl Kind {
            /// All kinds.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// Returns the kind's name in documents, commands and files.
            pub fn name(self) -> &'static str {
                match self { $(Self::$name => crate::$module::$name::KIND_NAME,)+ }
            }

            /// Returns the words that people read, in the singular.
            pub fn label(self) -> &'static str {
                match self { $(Self::$name => $label,)+ }
            }

            /// Returns what the document schema says of its fields.
            pub fn fields(self) -> &'static [FieldInfo] {
                match self { $(Self::$name => crate::$module::$name::FIELDS,)+ }
            }

            /// Returns the names of its fields in documents, the twelve of a monthly one each.
            pub fn field_names(self) -> Vec<&'static str> {
                match self { $(Self::$name => crate::$module::$name::field_names(),)+ }
            }

            /// Returns the fields without which a record of this kind cannot be made.
            pub fn required(self) -> &'static [&'static str] {
                match self { $(Self::$name => &[$($required),*],)+ }
            }

            /// Returns the fields that keep the value with which the record was made: evidence, such as a baseline.
            pub fn fixed(self) -> &'static [&'static str] {
                match self { $(Self::$name => &[$($($fixed),*)?],)+ }
            }

            /// Returns the field that names the record to a person.
            pub fn title_field(self) -> &'static str {
                match self { $(Self::$name => $title,)+ }
            }

            /// Returns where records of the kind live.
            pub fn place(self) -> Place {
                match self { $(Self::$name => Place::$place $(($($of),+))?,)+ }
            }
        }

        /// Fields of one record with their values.
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub enum Fields { $($(#[doc = $doc])+ $name(Vec<crate::$module::$field_enum>),)+ }

        impl Fields {
            /// Returns the kind of record that the fields belong to.
            pub fn kind(&self) -> Kind {
                match self { $(Self::$name(_) => Kind::$name,)+ }
            }

            /// Returns name, checked value in document form, for each field, in the given order.
            pub fn raws(&self) -> Vec<(&'static str, Raw, Result<(), InvalidValue>)> {
                match self {
                    $(Self::$name(fields) => fields.iter().map(|f| (f.name(), f.to_raw(), f.check())).collect(),)+
                }
            }

            /// Returns the fields with these names set to what a person typed.
            ///
            /// # Errors
            /// [`FieldError`] for the first field that does not exist or does not take its value.
            pub fn from_input<'a>(
                kind: Kind,
                inputs: impl IntoIterator<Item = (&'a str, &'a str)>,
                currency: Currency,
            ) -> Result<Self, FieldError> {
                let inputs = inputs.into_iter();
                match kind {
                    $(Kind::$name => inputs
                        .map(|(name, text)| crate::$module::$field_enum::from_input(name, text, currency))
                        .collect::<Result<_, _>>()
                        .map(Self::$name),)+
                }
            }
        }

        $(impl From<Vec<crate::$module::$field_enum>> for Fields {
            fn from(fields: Vec<crate::$module::$field_enum>) -> Self {
                Self::$name(fields)
            }
        })+
    };
}

all_kinds!(kinds);

/// A part of the work, for views and icons that do not tell all its kinds apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Family {
    /// Projects with all that belongs to them.
    Projects,
    /// Actions.
    Actions,
    /// Budgets with all that belongs to them.
    Budgets,
    /// Meetings with all that belongs to them.
    Meetings,
    /// Vendors, contracts, licences, orders, invoices.
    Vendors,
    /// Changes and communications.
    Changes,
    /// Persons, their checklists and accesses.
    People,
    /// What serves the program itself and all other parts.
    Workspace,
}

impl Family {
    /// Returns the words that people read.
    pub fn label(self) -> &'static str {
        match self {
            Self::Projects => "Projects",
            Self::Actions => "Actions",
            Self::Budgets => "Budgets",
            Self::Meetings => "Meetings",
            Self::Vendors => "Vendors",
            Self::Changes => "Changes",
            Self::People => "People",
            Self::Workspace => "Workspace",
        }
    }
}

/// Where the records of a kind live.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Each in a document of its own.
    Own,
    /// In the document of the record that this field names, which is of this kind.
    Beside(&'static str, Kind),
    /// In the register with this name of the calendar year in which they were made; in that without a year where the id is
    /// derived, because two devices could make the record in different years.
    Yearly(&'static str),
    /// In the register with this name.
    Register(&'static str),
    /// In the compartment's index.
    Index,
    /// In the compartment's reviews document.
    Reviews,
}

/// The family of each kind that heads one; every other belongs to the workspace.
const FAMILIES: &[(Kind, Family)] = &[
    (Kind::Project, Family::Projects),
    (Kind::Action, Family::Actions),
    (Kind::Budget, Family::Budgets),
    (Kind::Person, Family::People),
    (Kind::ActionSeries, Family::Actions),
    (Kind::MeetingSeries, Family::Meetings),
    (Kind::Change, Family::Changes),
    (Kind::Freeze, Family::Changes),
    (Kind::MaintenanceWindow, Family::Changes),
    (Kind::Communication, Family::Changes),
    (Kind::ChecklistTemplate, Family::People),
    (Kind::Checklist, Family::People),
    (Kind::AccessGrant, Family::People),
    (Kind::Vendor, Family::Vendors),
    (Kind::Contract, Family::Vendors),
    (Kind::Licence, Family::Vendors),
    (Kind::PurchaseRequest, Family::Vendors),
    (Kind::PurchaseOrder, Family::Vendors),
    (Kind::Invoice, Family::Vendors),
    (Kind::Evaluation, Family::Vendors),
];

/// The fields that make the ids of kinds of which two devices could make the same thing, beside persons.
const NATURAL: &[(Kind, &[&str])] = &[
    (Kind::Settings, &[]),
    (Kind::CalendarDay, &["calendar", "day"]),
    (Kind::PeriodClose, &["budget", "period"]),
    (Kind::UsageCount, &["licence", "day"]),
    (Kind::Score, &["option", "criterion", "evaluator"]),
    (Kind::Attendee, &["meeting", "person"]),
    (Kind::MetricPoint, &["metric", "day"]),
    (Kind::MilestoneReading, &["milestone", "day"]),
    (Kind::Acknowledgement, &["about", "duty", "act_by", "step"]),
    (Kind::SeenMark, &["person", "document"]),
];

impl Kind {
    /// Returns a count of records with the kind's words: `1 budget line`, `12 people`.
    pub fn counted(self, count: usize) -> String {
        let label = self.label();
        match (count, label) {
            (1, _) => format!("1 {label}"),
            (_, "person") => format!("{count} people"),
            (_, label) if label.ends_with("series") => format!("{count} {label}"),
            _ => match label.strip_suffix('y') {
                Some(stem) => format!("{count} {stem}ies"),
                None => format!("{count} {label}s"),
            },
        }
    }

    /// Returns the kind with this name in documents.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.name() == name)
    }

    /// Returns the field that names the record which this one belongs to and lives beside, if the kind has one.
    pub fn parent_field(self) -> Option<(&'static str, Self)> {
        match self.place() {
            Place::Beside(field, parent) => Some((field, parent)),
            Place::Own | Place::Yearly(_) | Place::Register(_) | Place::Index | Place::Reviews => {
                None
            }
        }
    }

    /// Returns the id that every device derives for a record with these fields, for a kind of which two devices could
    /// make the same thing; `None` for others, and where a field that the id is made from is not given.
    pub fn natural_id(self, raws: &[(&'static str, Raw)]) -> Option<RecordId> {
        let value = |field: &str| raws.iter().find(|(name, _)| *name == field);
        if self == Self::Person {
            return value("name").map(|(_, raw)| PersonId::of_name(&raw.shown()).0);
        }
        let (_, fields) = NATURAL.iter().find(|(kind, _)| *kind == self)?;
        let mut name = self.name().to_owned();
        for field in *fields {
            let (_, raw) = value(field)?;
            name.push('/');
            name.push_str(&raw.shown());
        }
        Some(RecordId::derived(&name))
    }

    /// Returns the part of the work that the kind belongs to.
    pub fn family(self) -> Family {
        let root = self.root();
        let found = FAMILIES.iter().find(|(kind, _)| *kind == root);
        found.map_or(Family::Workspace, |(_, family)| *family)
    }

    /// Returns the kind whose records' documents hold records of this kind.
    #[must_use]
    pub fn root(self) -> Self {
        let mut kind = self;
        while let Some((_, parent)) = kind.parent_field() {
            kind = parent;
        }
        kind
    }

    /// Tells whether only the program itself makes records of this kind.
    pub fn is_internal(self) -> bool {
        matches!(
            self,
            Self::Device | Self::DocumentEntry | Self::SeenMark | Self::NamedVersion
        )
    }
}

/// A document that holds records, named by what it is for: two devices that need it make the same one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Home {
    /// A record of this kind with all that lives beside it.
    Record(Kind, RecordId),
    /// A register of one calendar year.
    Year(&'static str, i32),
    /// A register.
    Register(&'static str),
    /// The compartment's index.
    Index,
    /// What reviewers write.
    Reviews,
}

impl Home {
    /// Returns the document's id in this compartment.
    pub fn document(self, compartment: CompartmentId) -> DocumentId {
        let records =
            |name: String| DocumentId::derived(compartment, DocumentClass::Records, &name);
        match self {
            Self::Record(kind, id) => records(format!("{}/{id}", kind.name())),
            Self::Year(register, year) => records(format!("{register}/{year}")),
            Self::Register(register) => records(register.to_owned()),
            Self::Index => DocumentId::index_of(compartment),
            Self::Reviews => DocumentId::derived(compartment, DocumentClass::Reviews, "reviews"),
        }
    }

    /// Returns what the document holds, for the index.
    pub fn holds(self) -> &'static str {
        match self {
            Self::Record(kind, _) => kind.name(),
            Self::Year(register, _) | Self::Register(register) => register,
            Self::Index => "index",
            Self::Reviews => "reviews",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_reads_what_it_writes_from_text() {
        let inputs = [
            ("plan_03", "1,234.50"),
            ("name", "Cloud"),
            ("kind", "income"),
        ];
        let fields = Fields::from_input(Kind::BudgetLine, inputs, Currency::EUR).unwrap();
        let raws: Vec<_> = fields
            .raws()
            .into_iter()
            .map(|(name, raw, _)| (name, raw))
            .collect();
        assert_eq!(
            raws,
            [
                ("plan_03", Raw::Int(123_450)),
                ("name", Raw::Line("Cloud".into())),
                ("kind", Raw::Line("income".into()))
            ]
        );
    }

    #[test]
    fn an_unknown_field_names_the_known_ones() {
        let error = Fields::from_input(Kind::Person, [("nmae", "x")], Currency::EUR).unwrap_err();
        assert_eq!(
            error.to_string(),
            "there is no field \"nmae\"; the fields are name, email, role, started_on, left_on"
        );
    }

    #[test]
    fn counts_have_their_plural() {
        assert_eq!(Kind::BudgetLine.counted(1), "1 budget line");
        assert_eq!(Kind::BudgetLine.counted(0), "0 budget lines");
        assert_eq!(Kind::MeetingSeries.counted(2), "2 meeting series");
        assert_eq!(Kind::Person.counted(12), "12 people");
        assert_eq!(Kind::DocumentEntry.counted(2), "2 document entries");
    }

    #[test]
    fn kinds_have_unique_names_and_their_title_and_parent_fields() {
        let names: std::collections::BTreeSet<_> =
            Kind::ALL.iter().map(|kind| kind.name()).collect();
        assert_eq!(names.len(), Kind::ALL.len());
        for kind in Kind::ALL {
            let has = |field: &str| kind.fields().iter().any(|info| info.name == field);
            assert!(has(kind.title_field()), "{kind:?}");
            assert!(
                kind.parent_field().is_none_or(|(field, _)| has(field)),
                "{kind:?}"
            );
            assert!(kind.required().iter().all(|field| has(field)), "{kind:?}");
        }
    }
}
