//! From a request to a paid invoice: requests, quotes, orders, receipts, invoices and who approves them.
//!
//! Requests, orders and invoices live in registers of the year in which they were entered, each with its parts beside
//! it. Matching, duplicates and ageing follow from them, see [`crate::query::procurement`].

use adjutant_base::RecordId;
use chrono::NaiveDate;

use crate::foreign::Rate;
use crate::money::{Amount, Currency};
use crate::people::PersonId;
use crate::quantity::{BasisPoints, Count, Days, Months};
use crate::schema::record;
use crate::value::{Prose, choice};

choice! {
    /// Where a purchase request stands.
    RequestState {
        /// Being written.
        Draft = "draft", "Draft";
        /// Waiting for approval.
        Submitted = "submitted", "Submitted";
        /// Approved: it counts as money that will be promised.
        Approved = "approved", "Approved";
        /// Ordered.
        Ordered = "ordered", "Ordered";
        /// Refused.
        Rejected = "rejected", "Rejected";
        /// Not needed any more.
        Cancelled = "cancelled", "Cancelled";
    }
}

choice! {
    /// Where an order stands.
    OrderState {
        /// Being written.
        Draft = "draft", "Draft";
        /// Ordered: what is not invoiced yet is promised.
        Open = "open", "Open";
        /// Nothing is to come any more: the rest is released.
        Closed = "closed", "Closed";
        /// Not wanted any more.
        Cancelled = "cancelled", "Cancelled";
    }
}

choice! {
    /// How an invoice is compared with its order.
    Matching {
        /// With what was ordered and what was received.
        ThreeWay = "three_way", "Order and receipt";
        /// With what was ordered.
        TwoWay = "two_way", "Order";
        /// With what was ordered, received and accepted.
        FourWay = "four_way", "Order, receipt and acceptance";
    }
}

choice! {
    /// Where an invoice stands.
    InvoiceState {
        /// Here.
        Received = "received", "Received";
        /// Entered.
        Registered = "registered", "Registered";
        /// Its lines have cost centres.
        Coded = "coded", "Coded";
        /// With its approvers.
        Routed = "routed", "Waiting for approval";
        /// Approved.
        Approved = "approved", "Approved";
        /// Handed to accounts payable.
        Sent = "sent", "Sent to accounts payable";
        /// Paid.
        Paid = "paid", "Paid";
        /// Refused.
        Rejected = "rejected", "Rejected";
        /// Counts for nothing.
        Void = "void", "Void";
    }
}

impl InvoiceState {
    /// Tells whether something is still to be done.
    pub fn is_open(self) -> bool {
        !matches!(self, Self::Paid | Self::Rejected | Self::Void)
    }

    /// Tells whether it counts as billed.
    pub fn counts(self) -> bool {
        !matches!(self, Self::Rejected | Self::Void)
    }
}

choice! {
    /// What holds an invoice up beside its state.
    InvoiceHold {
        /// Nothing.
        None = "none", "None";
        /// We do not agree with it.
        Disputed = "disputed", "Disputed";
        /// It waits for something.
        OnHold = "on_hold", "On hold";
        /// It looks like one that is here already.
        Duplicate = "duplicate", "Duplicate suspected";
    }
}

choice! {
    /// What an approver decided.
    Decided {
        /// Nothing yet.
        Pending = "pending", "Pending";
        /// Yes.
        Approved = "approved", "Approved";
        /// No.
        Rejected = "rejected", "Rejected";
    }
}

record! {
    /// A purchase request.
    PurchaseRequest = "purchase_request", fields PurchaseRequestField {
        /// What is wanted. Required.
        title / Title: String;
        /// Person who wants it.
        requested_by / RequestedBy: Option<PersonId>;
        /// Day by which it is needed.
        needed_by / NeededBy: Option<NaiveDate>;
        /// Where it stands.
        state / State: RequestState;
        /// What it will cost, in minor units of `currency`.
        amount / Amount: Option<Amount>;
        /// Currency of the amount.
        currency / Currency: Currency;
        /// Rate to the budget's currency, where that is another.
        rate / Rate: Option<Rate>;
        /// Day of the rate.
        rate_on / RateOn: Option<NaiveDate>;
        /// Budget line that pays it.
        budget_line / BudgetLine: Option<RecordId>;
        /// Person who decided.
        approved_by / ApprovedBy: Option<PersonId>;
        /// Day of the decision.
        approved_on / ApprovedOn: Option<NaiveDate>;
        /// Checklist that it belongs to, for the equipment of a person.
        checklist / Checklist: Option<RecordId>;
        /// Anything worth knowing.
        notes / Notes: Prose;
    }
}

record! {
    /// A quote of a vendor for a purchase request.
    Quote = "quote", fields QuoteField {
        /// The request. Required; it never changes.
        request / Request: Option<RecordId>;
        /// What is offered. Required.
        title / Title: String;
        /// Vendor.
        vendor / Vendor: Option<RecordId>;
        /// Price of the whole term, in minor units of `currency`.
        amount / Amount: Option<Amount>;
        /// Currency of the price.
        currency / Currency: Currency;
        /// Term that it covers.
        term_months / TermMonths: Option<Months>;
        /// Last day on which it can be taken.
        valid_until / ValidUntil: Option<NaiveDate>;
        /// Whether it is the one that is taken.
        is_chosen / IsChosen: bool;
        /// Where it comes from: a file or a message.
        source / Source: String;
    }
}

record! {
    /// An order to a vendor.
    PurchaseOrder = "purchase_order", fields PurchaseOrderField {
        /// Order number. Required.
        number / Number: String;
        /// Vendor.
        vendor / Vendor: Option<RecordId>;
        /// Request that it fulfils.
        request / Request: Option<RecordId>;
        /// Day on which it was sent.
        ordered_on / OrderedOn: Option<NaiveDate>;
        /// Where it stands.
        state / State: OrderState;
        /// Currency of all prices.
        currency / Currency: Currency;
        /// Rate to the budget's currency, where that is another.
        rate / Rate: Option<Rate>;
        /// Day of the rate.
        rate_on / RateOn: Option<NaiveDate>;
        /// How invoices are compared with it.
        matching / Matching: Matching;
        /// Day on which it is to arrive.
        expected_on / ExpectedOn: Option<NaiveDate>;
        /// Anything worth knowing.
        notes / Notes: Prose;
    }
}

record! {
    /// A line of an order.
    OrderLine = "order_line", fields OrderLineField {
        /// The order. Required; it never changes.
        order / Order: Option<RecordId>;
        /// What is ordered. Required.
        name / Name: String;
        /// How many.
        quantity / Quantity: Count;
        /// Price of one, in minor units of the order's currency.
        unit_price / UnitPrice: Option<Amount>;
        /// Budget line that pays it.
        budget_line / BudgetLine: Option<RecordId>;
    }
}

record! {
    /// Something that arrived for a line of an order.
    Receipt = "receipt", fields ReceiptField {
        /// The order. Required; it never changes.
        order / Order: Option<RecordId>;
        /// The line. Required.
        line / Line: Option<RecordId>;
        /// How many arrived.
        quantity / Quantity: Count;
        /// Day.
        day / Day: Option<NaiveDate>;
        /// How many of them passed inspection; none until somebody has looked.
        accepted / Accepted: Option<Count>;
        /// Day of the inspection.
        accepted_on / AcceptedOn: Option<NaiveDate>;
        /// Person who took it in.
        received_by / ReceivedBy: Option<PersonId>;
        /// Delivery note or other proof.
        reference / Reference: String;
    }
}

record! {
    /// An invoice of a vendor.
    Invoice = "invoice", fields InvoiceField {
        /// The vendor's invoice number. Required.
        number / Number: String;
        /// Vendor.
        vendor / Vendor: Option<RecordId>;
        /// Order that it bills.
        order / Order: Option<RecordId>;
        /// Date on the invoice.
        day / Day: Option<NaiveDate>;
        /// Day on which it arrived.
        received_on / ReceivedOn: Option<NaiveDate>;
        /// Total, in minor units of `currency`.
        total / Total: Option<Amount>;
        /// Currency of all amounts.
        currency / Currency: Currency;
        /// Where it stands.
        state / State: InvoiceState;
        /// What holds it up.
        hold / Hold: InvoiceHold;
        /// Days from its date to its due date; the workspace's if empty.
        terms / Terms: Option<Days>;
        /// Day by which it is due, where the terms do not say it.
        due / Due: Option<NaiveDate>;
        /// Discount for early payment.
        discount / Discount: Option<BasisPoints>;
        /// Days from its date within which the discount counts.
        discount_days / DiscountDays: Option<Days>;
        /// Person who gave its lines their cost centres.
        coder / Coder: Option<PersonId>;
        /// Day on which it was paid.
        paid_on / PaidOn: Option<NaiveDate>;
        /// Anything worth knowing.
        notes / Notes: Prose;
        /// Key of the row that it was imported from; importing the row again makes nothing twice.
        external_key / ExternalKey: String;
        /// File and line that it was imported from.
        source / Source: String;
    }
}

record! {
    /// A line of an invoice.
    InvoiceLine = "invoice_line", fields InvoiceLineField {
        /// The invoice. Required; it never changes.
        invoice / Invoice: Option<RecordId>;
        /// What is billed. Required.
        name / Name: String;
        /// Line of the order that it bills.
        order_line / OrderLine: Option<RecordId>;
        /// How many.
        quantity / Quantity: Count;
        /// Price of one, in minor units of the invoice's currency.
        unit_price / UnitPrice: Option<Amount>;
        /// Budget line that pays it.
        budget_line / BudgetLine: Option<RecordId>;
    }
}

record! {
    /// One step on an invoice's way through its approvers.
    Approval = "approval", fields ApprovalField {
        /// The invoice. Required; it never changes.
        invoice / Invoice: Option<RecordId>;
        /// Person who decides. Required.
        person / Person: Option<PersonId>;
        /// Place on the way: lower steps come first.
        step / Step: Count;
        /// What was decided.
        decision / Decision: Decided;
        /// Day of the decision.
        decided_on / DecidedOn: Option<NaiveDate>;
        /// Day on which the invoice came to this person.
        asked_on / AskedOn: Option<NaiveDate>;
        /// Version of the invoice that was seen: its content hash, 64 hexadecimal characters.
        seen / Seen: String;
        /// What the person says.
        note / Note: Prose;
    }
}
