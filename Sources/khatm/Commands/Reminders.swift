import ArgumentParser
import Encodings
import Foundation
import Issuance
import Profiles
import Registry

/// `khatm reminders`: writes files, sends nothing.
struct Reminders: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract:
      "Write reminders for the chamber's mailer: one file for each certificate that runs out and was not renewed.",
    discussion: """
      Steps: 1 from 60 days before the end, 2 from 30, 3 from 7, 4 in the time of grace. Each step is written once. A \
      file names whom to write \
      to, in which language, and which step it is; it holds personal data and is for the mailer alone (mode 0600).

        khatm reminders --out /srv/mailer/khatm
      """
  )
  @OptionGroup var options: GlobalOptions
  @Option(help: ArgumentHelp("Folder for the files.", valueName: "folder"), completion: .directory) var out: String

  func run() throws {
    let session = try options.session()
    let due = try session.members.dueReminders()
    let folder = absolute(out)
    try FileManager.default.createDirectory(
      atPath: folder,
      withIntermediateDirectories: true,
      attributes: [.posixPermissions: 0o700]
    )
    for reminder in due {
      let path = "\(folder)/\(reminder.credential.id)-\(reminder.step).json"
      try writeOutput(JSON.object(letter(reminder, session)).canonical() + [0x0A], to: path)
      chmod(path, 0o600)
    }
    try session.members.wrote(due)
    if options.json {
      Console.json(["written": .integer(Int64(due.count)), "folder": JSON(folder)])
    } else {
      Console.line("\(counted(due.count, "reminder")) in \(Console.shown(folder))")
    }
  }

  private func letter(_ reminder: Reminder, _ session: AuthoritySession) -> JSONObject {
    let record = reminder.credential
    let until = CivilDate(of: Instant(seconds: record.validUntil))
    let isArabic = reminder.language == "ar"
    let title =
      session.profiles.programme(record.programme).map { isArabic ? $0.badgeTitle.ar : $0.badgeTitle.en }
      ?? record.programme
    let subject =
      switch (reminder.step, isArabic) {
      case (4, true): "انتهت شهادة «\(title)» في \(until)"
      case (4, false): "Your certificate \"\(title)\" ended on \(until)"
      case (_, true): "تنتهي شهادة «\(title)» في \(until)"
      case (_, false): "Your certificate \"\(title)\" ends on \(until)"
      }
    return [
      "v": 1, "step": .integer(Int64(reminder.step)), "language": JSON(reminder.language),
      "to": .object(["name": JSON(reminder.contact.name), "email": JSON(reminder.contact.email)]),
      "member": JSON(record.memberKey), "name": JSON(isArabic ? reminder.member.nameAr : reminder.member.nameEn),
      "certificate": JSON(record.id), "programme": JSON(record.programme),
      "validUntil": JSON(Instant(seconds: record.validUntil).description), "subject": JSON(subject),
    ]
  }
}

/// `khatm card`.
struct Card: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract:
      "The electronic business card of a person: a vCard made from the signed data, with the link that checks it.",
    discussion: "The QR code for it: khatm badge ID --format qr.\n\n  khatm card 7Q2M-4XW9-K3PD-T5HB-PA -o amal.vcf"
  )
  @OptionGroup var options: GlobalOptions
  @Argument(help: "Number or link of a business-card certificate.") var id: String
  @Option(name: .shortAndLong, help: ArgumentHelp("Write to this file instead of standard output.", valueName: "file"))
  var output: String?

  func run() throws {
    let bytes = try options.register().vCard(try readID(id))
    if let output { try writeOutput(bytes, to: output) } else { Console.result(bytes) }
  }
}
