internal import Encodings
internal import Profiles
package import Registry
internal import Vocabulary

/// One letter the chamber's mailer is to send.
package struct Reminder: Sendable {
  package let credential: CredentialRecord
  package let member: Member
  package let contact: Contact
  /// 1 to 3 before the end, 4 in the time of grace.
  package let step: Int
  /// `ar` or `en`: the language in which the contact's name is written.
  package let language: String
}

extension MemberRegister {
  /// Days before the end at which a letter is due, first to last; the fourth step is the time of grace.
  package static let reminderDays: [Int64] = [60, 30, 7]

  /// Letters that are due and not yet written. Silent about what was renewed, revoked or replaced.
  package func dueReminders() throws -> [Reminder] {
    var due: [Reminder] = []
    for programme in profiles.programmes {
      var filter = CredentialFilter()
      filter.programme = programme.id
      filter.runsOutBefore = now.adding(days: Self.reminderDays[0]).seconds
      filter.runsOutAfter = now.seconds - Int64(programme.graceDays) * 86_400
      for record in try registry.credentials.matching(filter) {
        if let officer = session.actor.registered, officer.chamber != record.chamber { continue }
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
  package func wrote(_ reminders: [Reminder]) throws {
    guard !reminders.isEmpty else { return }
    try session.record(.init(.remind, on: "\(reminders.count) letters")) {
      try registry.credentials.recordReminders(
        reminders.map { ($0.credential.seq, $0.step) },
        at: now.seconds,
        audit: $0
      )
    }
  }

  private static func isArabic(_ name: String) -> Bool {
    name.unicodeScalars.contains { (0x0600...0x06FF).contains($0.value) }
  }

  /// Enters the person a chamber writes to by hand; the only way back after an erasure.
  package func setContact(name: String, email: String, phone: String, of member: Member) throws {
    try session.require(.clerk, chamber: member.chamber, act: .memberContact, subject: member.key)
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
    let contact = Contact(name: name, email: email, phone: phone)
    try session.record(.init(.memberContact, on: member.key)) {
      try registry.members.setContact(contact, of: member.rowID, at: now.seconds, audit: $0)
    }
  }

  /// Erases the person a chamber writes to.
  package func eraseContact(of member: Member, note: String) throws {
    try session.require(.clerk, chamber: member.chamber, act: .memberErase, subject: member.key)
    try session.record(.init(.memberErase, on: member.key)) {
      try registry.members.eraseContact(of: member.rowID, at: now.seconds, audit: $0)
    }
  }
}
