internal import Credentials
public import Encodings
internal import Foundation
internal import Profiles
public import Registry
internal import Vocabulary

/// Why a certificate gives way to another.
public enum SupersedeReason: String, Sendable, CaseIterable {
  case nameChange = "name_change", licenceRenewal = "licence_renewal", amalgamation, error
}

/// One letter the chamber's mailer is to send.
public struct Reminder: Sendable {
  public let credential: CredentialRecord
  public let member: Member
  public let contact: Contact
  /// 1 to 3 before the end, 4 in the time of grace.
  public let step: Int
  /// `ar` or `en`: the language in which the contact's name is written.
  public let language: String
}

extension Office {
  /// Replaces one certificate by a new one made from what the register says now; both in one transaction, linked both
  /// ways.
  /// - Parameter into: for an amalgamation, the member that takes over.
  public func supersede(_ id: CredentialID, reason: SupersedeReason, into: Member?, until: Instant?, note: String)
    throws -> IssueOutcome
  {
    guard let old = try registry.credentials.find(id: id.description), old.parts != nil,
      let owner = try registry.members.find(rowID: old.member)
    else {
      throw recordRejection(ActRejection(.credentialUnknown, subject: id.description), act: "supersede")
    }
    try require(.clerk, chamber: old.chamber, act: "supersede", subject: old.id, programme: old.programme)
    guard let programme = profiles.programme(old.programme) else {
      throw IssuanceFailure.profile("the profile of \(old.programme) is gone")
    }
    guard (into != nil) == (reason == .amalgamation) else {
      throw ActRejection(.memberNeeded(reason: reason), subject: old.id)
    }
    guard [.active, .suspended].contains(old.state) else {
      throw recordRejection(
        ActRejection(.notReplaceable(from: old.state), subject: old.id),
        act: "supersede"
      )
    }
    // What was paused is looked into first: a new certificate is no way around a suspension.
    guard old.state == .active || reason == .amalgamation else {
      throw recordRejection(
        ActRejection(.notReplaceable(from: .suspended), subject: old.id),
        act: "supersede"
      )
    }
    let member = into ?? owner
    guard into?.rowID != owner.rowID else {
      throw ActRejection(.memberTakesOverItself, subject: old.id)
    }
    if into != nil, let other = try other(of: member, programme, subject: old.subject, besides: nil) {
      throw recordRejection(
        ActRejection(.memberCertified(member: member.key, certificate: other.id), subject: old.id),
        act: "supersede"
      )
    }
    guard member.chamber == old.chamber else {
      throw recordRejection(
        ActRejection(.otherChamberTakesOver(chamber: member.chamber, programme: programme.id), subject: old.id),
        act: "supersede"
      )
    }
    try finishInterrupted()
    try adopt(programme)
    let order = IssueOrder(member: member, claims: try readingRoom.claims(of: old))
    let one = Assessment(
      order: order,
      kind: .changed,
      content: try IssueContent(member: member, programme: programme, claims: order.claims, rules: contentRules)
    )
    one.replaces = (old.seq, old.id)
    one.reason = reason.rawValue
    do {
      try permit(
        member,
        programme,
        granted: Set(try registry.keys.chambers().filter { $0.status == .granted }.map(\.slug))
      )
    } catch let refusal as ActRejection {
      throw recordRejection(refusal, act: "supersede")
    }
    let names = try NamePolicy.lookalikes(of: member, in: registry)
    if !names.isEmpty && member.nameAccepted != names.joined(separator: "\n") { one.lookalikes = names }
    var options = IssueOptions(), outcome = IssueOutcome()
    (options.until, options.note) = (until, note)
    try issue([one], chamber: member.chamber, programme: programme, options: options, into: &outcome) { _ in }
    try publish()
    return outcome
  }

  /// Renews certificates that exist: each is replaced by a new one. Those that are not running out are left alone;
  /// those that were withdrawn, replaced or paused are refused.
  public func renew(
    _ records: [CredentialRecord],
    within days: Int64,
    source: [UInt8]?,
    note: String = "",
    progress: (Int) -> Void = { _ in }
  ) throws -> [String: IssueOutcome] {
    var outcomes: [String: IssueOutcome] = [:]
    for (id, all) in Dictionary(grouping: records, by: \.programme).sorted(by: { $0.key < $1.key }) {
      let group = all.filter { $0.state == .active || $0.state == .lapsed }
      guard let programme = profiles.programme(id) else {
        throw IssuanceFailure.profile("the profile of \(id) is gone")
      }
      var options = IssueOptions()
      (options.renewWithin, options.replaceChanged, options.source, options.note) = (days, "renewal", source, note)
      let orders = try group.compactMap { record in
        try registry.members.find(rowID: record.member).map {
          IssueOrder(member: $0, claims: try readingRoom.claims(of: record))
        }
      }
      var outcome =
        orders.isEmpty ? IssueOutcome() : try issue(orders, programme: programme, options: options, progress: progress)
      for other in all where other.state != .active && other.state != .lapsed {
        let refusal = ActRejection(.notRenewable(from: other.state), subject: other.id)
        let recorded = recordRejection(refusal, act: "renew")
        guard recorded is ActRejection else { throw recorded }
        outcome.refused.append(.init(member: other.memberKey, row: nil, refusal: refusal, request: nil))
      }
      outcomes[id] = outcome
    }
    return outcomes
  }

  /// Ends what ran out and was not renewed within the programme's time of grace. Nothing public changes: the
  /// certificate has said so itself.
  public func lapse() throws -> Int {
    var count = 0
    for programme in profiles.programmes {
      var filter = CredentialFilter()
      filter.programme = programme.id
      filter.runsOutBefore = now.seconds - Int64(programme.graceDays) * 86_400 - 1
      filter.limit = 1_000
      while case let over = try registry.credentials.matching(filter), !over.isEmpty {
        try registry.credentials.apply(
          over.map {
            StateChange(seq: $0.seq, event: .lapsed, at: now.seconds, officer: officer, reason: "not_renewed")
          },
          log: nil,
          audit: try auditRow("lapse", "\(over.count) credentials", detail: ["programme": JSON(programme.id)])
        )
        count += over.count
      }
    }
    return count
  }

  /// Days before the end at which a letter is due, first to last; the fourth step is the time of grace.
  public static let reminderDays: [Int64] = [60, 30, 7]

  /// Letters that are due and not yet written. Silent about what was renewed, revoked or replaced.
  public func dueReminders() throws -> [Reminder] {
    var due: [Reminder] = []
    for programme in profiles.programmes {
      var filter = CredentialFilter()
      filter.programme = programme.id
      filter.runsOutBefore = now.adding(days: Self.reminderDays[0]).seconds
      filter.runsOutAfter = now.seconds - Int64(programme.graceDays) * 86_400
      for record in try registry.credentials.matching(filter) {
        if let officer = actor.registered, officer.chamber != record.chamber { continue }
        guard let member = try registry.members.find(rowID: record.member),
          let contact = try registry.members.contact(of: record.member), !contact.email.isEmpty
        else { continue }
        // A newer certificate of the same kind for the same subject: it was renewed.
        if try registry.credentials.current(member: record.member, programme: record.programme).contains(where: {
          $0.subject == record.subject && $0.validUntil > record.validUntil
        }) {
          continue
        }
        let left = record.validUntil - now.seconds
        let step = left < 0 ? 4 : 1 + (Self.reminderDays.lastIndex { left <= $0 * 86_400 } ?? 0)
        if try registry.credentials.remindersSent(record.seq).contains(where: { $0 >= step }) { continue }
        due.append(
          Reminder(
            credential: record,
            member: member,
            contact: contact,
            step: step,
            language: Self.isArabic(contact.name) ? "ar" : "en"
          )
        )
      }
    }
    return due
  }

  /// Notes that letters were written, so that each step is written once.
  public func wrote(_ reminders: [Reminder]) throws {
    guard !reminders.isEmpty else { return }
    try registry.credentials.recordReminders(
      reminders.map { ($0.credential.seq, $0.step) },
      at: now.seconds,
      audit: try auditRow("remind", "\(reminders.count) letters")
    )
  }

  private static func isArabic(_ name: String) -> Bool {
    name.unicodeScalars.contains { (0x0600...0x06FF).contains($0.value) }
  }

  /// Enters the person a chamber writes to by hand; the only way back after an erasure.
  public func setContact(name: String, email: String, phone: String, of member: Member) throws {
    try require(.clerk, chamber: member.chamber, act: "member-contact", subject: member.key)
    func malformed(_ column: String, _ why: String) -> ActRejection {
      ActRejection(.contactMalformed(field: column, why: why), subject: member.key)
    }
    if let why = NamePolicy.rejection(Text(name)) { throw malformed("name", why) }
    guard email.isEmpty || EmailAddress.isValid(Array(email.utf8)) else {
      throw malformed("email", "an e-mail address")
    }
    guard phone.isEmpty || PhoneNumber.isValid(Array(phone.utf8)) else {
      throw malformed("phone", "a number such as +97142281111")
    }
    try registry.members.setContact(
      Contact(name: name, email: email, phone: phone),
      of: member.rowID,
      at: now.seconds,
      audit: try auditRow("member-contact", member.key)
    )
  }

  /// Erases the person a chamber writes to.
  public func eraseContact(of member: Member, note: String) throws {
    try require(.clerk, chamber: member.chamber, act: "member-erase", subject: member.key)
    try registry.members.eraseContact(
      of: member.rowID,
      at: now.seconds,
      audit: try auditRow("member-erase", member.key)
    )
  }
}
