import Encodings
import Issuance
import Messages
import Registry
import enum Vocabulary.RegistryRule

/// Rejections and failures in words, with exit code and remedy. Every case is written out: a rule without a sentence
/// does not compile.
enum ErrorPresenter {
  static func failure(_ rejection: ActRejection) -> CommandFailure {
    var details: [String: JSON] = ["subject": JSON(rejection.subject)]
    for (name, value) in rejection.reason.details { details[name] = JSON(value) }
    let subject = rejection.subject.isEmpty ? "" : "\(rejection.subject): "
    return CommandFailure(
      exitCode(rejection.code),
      rejection.code.rawValue,
      subject + sentence(rejection),
      hint: hint(rejection),
      details: details
    )
  }

  static func sentence(_ rejection: ActRejection) -> String {
    switch rejection.reason {
    case .officerUnknown: "there is no such officer"
    case .officerRemoved: "this officer is no longer in office"
    case .officerExists: "an officer of this name is or was registered; names are never given twice"
    case .officerName: "an officer's name has 2 to 40 characters a-z, 0-9, dots and hyphens, and is not registrar"
    case .officerRoles: "an officer is a clerk, an approver or both; an auditor is nothing else"
    case .officerKeyExists(let file): "there is a key already: \(file)"
    case .passphraseWrong: "the passphrase does not open this officer's key"
    case .roleMissing(let officer, let roles):
      "\(officer) is no \(roles.map(\.rawValue).joined(separator: " or "))"
    case .registrarOnly(let act): "only the registrar, who holds the keys of the authority, may do this (\(act))"
    case .otherChamber(let officer, let own, _, let chamber):
      "\(officer) acts for \(own), and this is for \(chamber) to do"
    case .requestUnknown: "there is no such request"
    case .requestClosed(let state, let officer):
      "the request is closed (\(state)\(officer.map { $0.isEmpty ? "" : " by \($0)" } ?? ""))"
    case .requestChanged(nil): "the rules of the programme are no longer those it was asked for under; ask anew"
    case .requestChanged(let row?):
      "what was asked for is no longer what the register says (row \(row)); ask anew"
    case .approvalMissing(let request, let act, _, let officers):
      """
      a second officer must approve this (\(act.rawValue)); request \(request); \
      \(officers.isEmpty ? "nobody has approved it" : "so far only \(officers.joined(separator: ", "))")
      """
    case .ownRequest(let act, let officer):
      "a second officer must approve this (\(act.rawValue)); so far only \(officer)"
    case .registeredOfficerRequired:
      "this takes registered officers; the registrar's word counts for nothing here"
    case .namesUnaccepted(let names):
      text(.nameConfusable, ["field": "name", "with": names.prefix(3).joined(separator: "; ")])
    case .chamberNotGranted(let chamber, let programme), .otherChamberTakesOver(let chamber, let programme):
      text(.issuerNotAuthorised, ["issuer": chamber, "programme": programme])
    case .feesUnpaid(let until): "the fees are paid until \(until.isEmpty ? "never" : until), which has passed"
    case .territory(let programme, let jurisdiction): "\(programme) is not for companies of \(jurisdiction)"
    case .quotaReached(let programme, let limit): "the quota of \(limit) for \(programme) is used up"
    case .memberName(let problem, let field, let at):
      switch problem {
      case .bidiControl: text(.nameBidiControl, ["field": field, "at": "\(at)"])
      case .invisible: text(.nameInvisible, ["field": field, "at": "\(at)"])
      case .length: text(.nameLength, ["field": field, "at": "\(at)"])
      case .mixedAlphabets: text(.nameConfusable, ["field": field, "with": "letters of another alphabet"])
      }
    case .storefront(let refusal, let address): "\(address): \(refusal.sentence)"
    case .claimUnknown(let claim, let programme, let known):
      "\(programme) makes no claim \(claim); it makes \(known.joined(separator: ", "))"
    case .claimMalformed(let claim, _, let why): "the claim \(claim) is not as it must be: \(why)"
    case .claimMissing(let claim, _): "the claim \(claim) is missing"
    case .validityEmpty(let until): "it would end (\(until)) before it begins"
    case .memberCertified(let member, let certificate):
      """
      \(member) has a certificate of this programme already (\(certificate)); withdraw the one \
      that is no longer needed (khatm revoke)
      """
    case .planMalformed: "this is not a plan that this program wrote"
    case .credentialUnknown: "no certificate has this number"
    case .illegalTransition(let from, let act) where from.rawValue == act.state:
      "the certificate is \(act.state) already"
    case .illegalTransition(let from, let act): transition(from.rawValue, act.state)
    case .notReplaceable(.superseded): "the certificate is superseded already"
    case .notRenewable(let from): transition(from.rawValue, "renewed")
    case .notReplaceable(let from): transition(from.rawValue, "superseded")
    case .rowSpent: transition("revoked", "issued")
    case .pagesFrozen(let state): transition(state.rawValue, "binding")
    case .pageWithdrawn: transition("withdrawn", "proved")
    case .reasonUnknown(let reason, let act):
      "\(reason) is no reason for this; known are \(act.reasons.joined(separator: ", "))"
    case .memberNeeded: "an amalgamation, and nothing else, names the member that takes over (--into)"
    case .notACard: "this is a certificate of a company; khatm card takes business-card certificates only"
    case .noSuspensionEntry:
      "the certificate has no place in a suspension list, so it cannot be written as an Open Badge"
    case .pageUnknown(let key): "the certificate does not name \(key)"
    case .bindingMethod(let method, let kind): "a page of the kind \(kind) is not proved by \(method.rawValue)"
    case .memberUnknown: "there is no such member"
    case .contactMalformed(let field, let why): "the contact's \(field) is not as it must be: \(why)"
    case .hostInvalid(let host): "\(host) is not a host name in lower case such as khatm.example"
    case .nameLength(let field, let longest): "\(field) must have 1 to \(longest) characters, none of them hidden"
    case .slugInvalid: "a short name has 2 to 40 characters a-z, 0-9 and hyphens"
    case .jurisdictionInvalid(let jurisdiction): "\(jurisdiction) is not an ISO 3166-2 code such as AE-DU"
    case .unknownChamber: "there is no such chamber"
    case .chamberExists(let slug, _): "the chamber \(slug) has this name or domain already"
    case .rootWornOut(let since, let days):
      "the root has been in use for more than \(days) days (since \(since)) and cannot vouch for a new chamber"
    case .caWornOut(let since, let days):
      """
      the chamber's CA has been in use for more than \(days) days (since \(since)) and cannot vouch for a new signer
      """
    case .signerWornOut(let since, let days):
      "the chamber's signer has been in use for more than \(days) days (since \(since))"
    case .signerEndsBefore(let signer, let credential):
      "the chamber's signer ends \(signer), before the certificate would (\(credential))"
    case .signerFresh: "the chamber's signer was made this very second"
    case .keyKind(let wanted): "a key that signs answers must be a \(wanted) key"
    case .keyInUse: "this key signs something else already; a key has one purpose"
    case .neighbourUnusable(let why): "this is not what an authority publishes: \(why)"
    case .neighbourIsOurs: "this is the own authority"
    case .neighbourKnown: "this authority is recognised already"
    case .neighbourUnknown: "no authority that is recognised here"
    case .neighbourOlder(let held, let given):
      "its list is older (number \(given)) than the one at hand (\(held))"
    case .backupPlace: "a backup does not go into the home or into public/"
    case .backupExists: "there is something in this folder already"
    case .backupDamaged(let why): "the backup is damaged: \(why)"
    case .notABackup(let why): "this is not a backup: \(why)"
    case .restoredNotReconciled: "the register was put back from a backup and not yet compared with what was published"
    case .nothingToReconcile: "this register was not put back from a backup"
    case .publishedStateMissing: "there is no published state to compare with"
    case .publishedStateOld(let published, let remembered):
      "the published state ends at \(published) entries, but \(remembered) have been shown"
    case .publishedRecordMissing(let leaf): "the published folder has no fitting record for log entry \(leaf)"
    case .backupBeforeKey(let kid, let at):
      "the key \(kid) was added at \(at), after this backup: it is too old to go on from"
    case .reportChanged: "the report is not as it was signed"
    case .register(let rule, let write): sentence(rule, write)
    }
  }

  /// Where the register itself refuses, what was allowed a moment before: by another program, or by a file edited by
  /// hand.
  private static func sentence(_ rule: RegistryRule, _ write: ActRejection.RegisterWrite) -> String {
    switch rule {
    case .illegalTransition: "the register does not allow this step (\(write.act)) from the state it is in"
    case .issuerNotAuthorised: "the chamber may not do this (\(write.act))"
    case .approvalOfOtherContent: "the approval is of another content"
    case .officerRemoved: "this officer is no longer in office"
    case .immutable: "the register does not change what is recorded (\(write.act))"
    case .tampered: "the register holds rows that contradict each other; nothing was written (\(write.act))"
    case .roleMissing: "\(write.officer ?? "the officer") has not the role for this (\(write.act))"
    case .secondOfficerRequired:
      """
      a second officer must approve this (\(write.act)); \
      \(write.officer.map { "so far only \($0)" } ?? "nobody has approved it")
      """
    case .credentialUnknown: "no certificate has this number"
    case .logMoved: "the log has grown since this command began; nothing was written"
    case .memberUnknown: "there is no such member"
    case .officerUnknown: "there is no such officer"
    case .quotaReached:
      "the quota \(write.quota.map { "of \($0) " } ?? "")for \(write.programme ?? "the programme") is used up"
    case .randomGeneratorRepeats: "the random generator gives the same numbers again and again; nothing was signed"
    }
  }

  private static func transition(_ from: String, _ to: String) -> String {
    text(.illegalTransition, ["from": from, "to": to])
  }

  private static func text(_ text: ActRejectionText, _ params: KeyValuePairs<String, String>) -> String {
    Catalogue.sentence(text, params: params.map { ($0.key, $0.value) }, language: .en)
  }

  private static func hint(_ rejection: ActRejection) -> String? {
    let twoOfficers = "two registered officers are needed: khatm officer add"
    return switch rejection.reason {
    case .approvalMissing(let request, _, _, _):
      "another officer approves it with: khatm approve \(request) --officer NAME"
    case .ownRequest, .registeredOfficerRequired, .register(.secondOfficerRequired, _): twoOfficers
    case .officerUnknown, .register(.officerUnknown, _): "khatm officer list names them"
    case .memberUnknown, .register(.memberUnknown, _):
      rejection.subject.contains("/")
        ? "khatm member search finds members by name or number" : "write CHAMBER/NUMBER, for example dubai/517919"
    case .unknownChamber: "khatm chamber list names them"
    case .restoredNotReconciled: "khatm restore --reconcile"
    case .publishedStateMissing:
      """
      give the newest copy with --published FOLDER (a mirror, a witness); --nothing-published only where none ever \
      existed
      """
    case .publishedStateOld: "find a newer copy of public/, for example a mirror"
    case .backupBeforeKey: "put a newer backup back"
    case .requestClosed: "khatm requests --all shows what became of it"
    case .feesUnpaid: "import the member again once the fees are paid"
    case .signerWornOut, .signerEndsBefore:
      "the registrar gives the chamber a new one with khatm chamber renew-signer; revoking and publishing go on"
    case .caWornOut, .rootWornOut: "docs/RUNBOOK.md says how it is replaced; revoking and publishing go on"
    case .officerRemoved, .officerExists, .officerName, .officerRoles, .officerKeyExists, .passphraseWrong,
      .roleMissing, .registrarOnly, .otherChamber, .requestUnknown, .requestChanged, .namesUnaccepted,
      .chamberNotGranted, .territory, .quotaReached, .memberName, .storefront, .claimUnknown, .claimMalformed,
      .claimMissing, .validityEmpty, .memberCertified, .planMalformed, .credentialUnknown, .illegalTransition,
      .notRenewable, .notReplaceable, .rowSpent, .reasonUnknown, .memberNeeded, .otherChamberTakesOver, .notACard,
      .noSuspensionEntry, .pageUnknown, .pagesFrozen, .pageWithdrawn, .bindingMethod, .contactMalformed, .hostInvalid,
      .nameLength, .slugInvalid, .jurisdictionInvalid, .chamberExists, .signerFresh, .keyKind, .keyInUse,
      .neighbourUnusable, .neighbourIsOurs, .neighbourKnown, .neighbourUnknown, .neighbourOlder, .backupPlace,
      .backupExists, .backupDamaged, .notABackup, .nothingToReconcile, .publishedRecordMissing, .reportChanged,
      .register(.illegalTransition, _), .register(.issuerNotAuthorised, _), .register(.approvalOfOtherContent, _),
      .register(.officerRemoved, _), .register(.immutable, _), .register(.tampered, _), .register(.roleMissing, _),
      .register(.credentialUnknown, _), .register(.logMoved, _), .register(.quotaReached, _),
      .register(.randomGeneratorRepeats, _):
      nil
    }
  }

  /// 2: what was typed or given is at fault; 1: a rule rejects it.
  private static func exitCode(_ code: ActRejection.Reason.Code) -> Int32 {
    switch code {
    case .hostInvalid, .nameLength, .slugInvalid, .jurisdictionInvalid, .reasonUnknown, .validityEmpty, .memberUnknown,
      .unknownChamber, .officerName, .officerRoles, .planMalformed, .claimUnknown, .neighbourUnusable, .backupPlace,
      .backupExists, .backupDamaged, .notABackup, .neighbourUnknown, .claimMissing, .claimMalformed, .contactMalformed,
      .memberNeeded, .requestUnknown:
      2
    case .approvalOfOtherContent, .backupBeforeKey, .bindingIsRedirector, .bindingMethod, .bindingNotProvable,
      .bindingTooWide, .caWornOut, .chamberExists, .credentialUnknown, .feesUnpaid, .hostIsIP, .illegalTransition,
      .insecureTransport, .issuerNotAuthorised, .keyInUse, .keyKind, .logMoved, .memberCertified, .nameBidiControl,
      .nameConfusable, .nameInvisible, .neighbourIsOurs, .neighbourKnown, .neighbourOlder, .noSuspensionEntry,
      .notACard, .nothingToReconcile, .officerExists, .officerKeyExists, .officerRemoved, .officerUnknown, .pageUnknown,
      .passphraseWrong, .platformURLUnknown, .portRefused, .publishedRecordMissing, .publishedStateMissing,
      .publishedStateOld, .quotaReached, .randomGeneratorRepeats, .registrarOnly, .registryImmutable, .registryTampered,
      .reportChanged, .requestChanged, .requestClosed, .restoredNotReconciled, .roleMissing, .rootWornOut,
      .schemeRefused, .secondOfficerRequired, .signerEndsBefore, .signerFresh, .signerWornOut, .territory,
      .urlAmbiguous, .urlTooLong, .urlUserinfoRefused:
      1
    }
  }

  static func failure(_ failure: RegistryFailure) -> CommandFailure {
    switch failure {
    case .missing(let path): CommandFailure(2, "not_a_home", "\(path) is missing", hint: "khatm init makes one")
    case .notARegister(let path, let why):
      CommandFailure(2, "not_a_register", "\(path) is not a register of this program: \(why)")
    case .outdated(let path):
      CommandFailure(
        2,
        "register_outdated",
        "\(path) was written by an older version",
        hint: "khatm publish brings it up to date, as does every command that writes"
      )
    case .writeAheadLog(let path):
      CommandFailure(
        5,
        "write_ahead_log",
        "\(path) is in write-ahead mode, which can lose acknowledged commits",
        hint: "open it with SQLite, set journal_mode to DELETE, and check it before going on"
      )
    case .durability(let setting, let found):
      CommandFailure(5, "durability", "the register does not hold \(setting) (found \(found)): nothing is written")
    case .refused(let rule): CommandFailure(1, rule, "the register refuses: \(rule)")
    case .storage(let why): CommandFailure(5, "storage", "the register cannot be used: \(why)")
    }
  }

  static func failure(_ failure: IssuanceFailure) -> CommandFailure {
    switch failure {
    case .notAHome(let path):
      CommandFailure(2, "not_a_home", "\(path) is no home of an authority", hint: "khatm init makes one")
    case .homeExists(let path):
      CommandFailure(2, "home_exists", "\(path) holds an authority already", hint: "choose another folder with --home")
    case .busy(let pid, let since):
      CommandFailure(
        1,
        "busy",
        "another khatm is writing\(pid.isEmpty ? "" : " (process \(pid)\(since.isEmpty ? "" : ", since \(since)"))")",
        hint: "wait for it, or use --wait SECONDS",
        details: ["pid": JSON(pid), "since": JSON(since)]
      )
    case .passphraseWrong(let file): CommandFailure(2, "passphrase_wrong", "the passphrase does not open \(file)")
    case .passphraseTooShort(let minimum):
      CommandFailure(2, "passphrase_short", "the passphrase must have at least \(minimum) bytes")
    case .keyUnusable(let file, let why): CommandFailure(5, "key_unusable", "the key \(file) cannot be used: \(why)")
    case .fileSystem(let path, let call, let why): CommandFailure(5, "file_system", "\(path): \(call): \(why)")
    case .publishedDiffers(let path):
      CommandFailure(
        5,
        "published_differs",
        "\(path) stands there with other bytes than the register gives it",
        hint: "somebody changed public/, or another register writes to it; nothing was overwritten"
      )
    case .register(let why): CommandFailure(5, "register", "the register cannot be used: \(why)")
    case .profile(let why): CommandFailure(5, "profile", "the profiles cannot be used: \(why)")
    case .cryptography(let why): CommandFailure(5, "cryptography", why)
    case .clockWentBack(let now, let newest):
      CommandFailure(
        1,
        "clock_went_back",
        text(.clockWentBack, ["now": now, "newest": newest]),
        hint: "set the clock right; nothing is ever back-dated"
      )
    case .registryTampered(let table, let row):
      CommandFailure(
        1,
        "registry_tampered",
        text(.registryTampered, ["table": table, "row": row])
      )
    case .olderThanPublished(let registry, let published):
      CommandFailure(
        1,
        "registry_older_than_published",
        "the register knows \(registry) log entries, but \(published) have been published: it is an old copy",
        hint: "put a backup back and reconcile it (khatm restore); issuing from this copy would fork the public log"
      )
    case .anotherLog(let path, let size):
      CommandFailure(
        1,
        "registry_forks_log",
        """
        \(path) is a checkpoint of \(size) entries that are not those of the register: this register and what was \
        shown went different ways
        """,
        hint: "restore the register that published it; keep both files, they are the evidence"
      )
    case .checkpointUnreadable(let path, let why):
      CommandFailure(
        1,
        "checkpoint_unreadable",
        "\(path) cannot be read (\(why)), so nobody can tell whether the register is an old copy: nothing is signed",
        hint: "compare khatm's newest checkpoint with a mirror's or a witness's, then move this file away"
      )
    }
  }
}
