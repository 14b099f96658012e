import Encodings
import Issuance
import Messages
import Registry
import Vocabulary

/// Rejections and failures in words, with exit code and remedy. Every case is written out: a rule without a sentence
/// does not compile.
enum ErrorPresenter {
  static func failure(_ rejection: ActRejection) -> CommandFailure {
    var details: [String: JSON] = ["subject": JSON(rejection.subject)]
    for (name, value) in rejection.reason.details { details[name] = JSON(value) }
    let subject = rejection.subject.isEmpty ? "" : "\(rejection.subject): "
    return CommandFailure(
      exit: exitCode(rejection.code),
      rejection.code.rawValue,
      subject + sentence(rejection),
      hint: hint(rejection),
      details: details
    )
  }

  static func sentence(_ rejection: ActRejection) -> String {
    switch rejection.reason {
    case .officerUnknown: "no officer has this name"
    case .officerRemoved: "this officer is no longer in office"
    case .officerExists: "an officer of this name is or was registered, and a name is never given twice"
    case .officerName: "an officer's name has 2 to 40 characters (a-z, 0-9, dots, hyphens) and is not registrar"
    case .officerRoles: "an officer is a clerk, an approver or both; an auditor has no other role"
    case .officerKeyExists(let file): "\(file) holds a key already, and was left as it is"
    case .passphraseWrong: "the passphrase does not open this officer's key"
    case .roleMissing(let officer, let roles): "\(officer) is \(without(roles))"
    case .registrarOnly(let act): "\(act.doing) needs the registrar; run the command without --officer"
    case .otherChamber(let officer, let own, _, let chamber):
      "this belongs to \(chamber), and \(officer) acts for \(own) only"
    case .requestUnknown: "there is no such request"
    case .requestClosed(let state, let officer):
      "this request is closed (\(state.rawValue)\(officer.map { $0.isEmpty ? "" : " by \($0)" } ?? ""))"
    case .requestChanged(nil): "the rules of the programme have changed since this was filed; file a new request"
    case .requestChanged(let row?): "row \(row) has changed since the request was filed; file a new request"
    case .approvalMissing(let approval): sentence(approval)
    case .ownRequest(_, let officer): "\(officer) filed this request; another officer must approve it"
    case .registeredOfficerRequired(let act):
      "\(act.doing) needs a registered officer; use --officer NAME"
    case .namesUnaccepted(let names):
      """
      the name resembles \(names.prefix(3).joined(separator: "; "))\(more(names.count - 3)). If it is the member's \
      own, approve with --accept-name
      """
    case .chamberNotGranted(let chamber, let programme):
      "\(chamber) may not issue \(programme) certificates: it is not recognised at present"
    case .otherChamberTakesOver(let chamber, _):
      "the member that takes over belongs to \(chamber); both must belong to one chamber"
    case .feesUnpaid(let until): until.isEmpty ? "no fees have been paid" : "the fees are paid only until \(until)"
    case .territory(let programme, let jurisdiction): "\(programme) is not for companies of \(jurisdiction)"
    case .quotaReached(let programme, let limit): "the quota of \(grouped(limit)) for \(programme) is used up"
    case .memberName(let problem, let field, let at):
      switch problem {
      case .bidiControl: text(.nameBidiControl, ["field": field, "at": "\(at)"])
      case .invisible: text(.nameInvisible, ["field": field, "at": "\(at)"])
      case .length: text(.nameLength, ["field": field, "at": "\(at)"])
      case .mixedAlphabets: text(.nameMixesAlphabets, ["field": field, "at": "\(at)"])
      case .symbol: text(.nameSymbol, ["field": field, "at": "\(at)"])
      }
    case .nameReserved(let phrase, let field): text(.nameReservedPhrase, ["field": field, "phrase": phrase])
    case .storefront(let refusal, let address): "\(address): \(refusal.sentence)"
    case .claimUnknown(let claim, let programme, let known):
      "\(programme) has no claim \"\(claim)\"; it has \(known.joined(separator: ", "))"
    case .claimMalformed(let claim, _, let why): "the claim \(claim) is not valid: \(why)"
    case .claimMissing(let claim, _): "the claim \(claim) is missing"
    case .validityEmpty(let until): "the end \(day(until)) is in the past"
    case .memberCertified(let member, let certificate):
      """
      \(member) has a certificate of this programme already (\(certificate)); revoke the one that is no longer needed \
      (khatm revoke)
      """
    case .planMalformed: "this is not a plan that khatm wrote"
    case .credentialUnknown: "no certificate has this number"
    case .illegalTransition(let from, let act):
      from == act.state
        ? "this certificate is \(from.word) already"
        : "this certificate is \(from.word)\(from.isFinal ? ", which is final" : "")"
    case .notRenewable(let from): closed(from, then: "renew it")
    case .notReplaceable(let from): closed(from, then: "replace it")
    case .rowSpent: "the certificate of this row was revoked; an old plan does not bring it back"
    case .pagesFrozen(let state): "the certificate is \(state.word), so its pages can no longer be proved"
    case .pageWithdrawn: "this page was taken off the certificate for good"
    case .reasonUnknown(let reason, let act): unknownReason(reason, for: act.doing, act.reasons.map(\.rawValue))
    case .memberNeeded: "--reason amalgamation needs --into CHAMBER/NUMBER, and no other reason takes it"
    case .memberTakesOverItself: "the member that takes over (--into) must be another one"
    case .notACard: "this is the certificate of a company; khatm card takes business-card certificates only"
    case .noSuspensionEntry: "the certificate has no entry in a suspension list, which an Open Badge needs"
    case .pageUnknown(let key): "the certificate does not name the page \(key)"
    case .bindingMethod(let method, let kind): "a page of the kind \(kind) cannot be proved by \(method.rawValue)"
    case .memberUnknown: "no member has this number"
    case .contactMalformed(let field, let why): "the contact's \(field) is not valid: \(why)"
    case .hostInvalid(let host): "\"\(host)\" is not a host name in lower case such as khatm.example"
    case .nameLength(let field, let longest): "\(field) must have 1 to \(longest) characters, none of them hidden"
    case .slugInvalid: "a chamber's short name has 2 to 40 characters: a-z, 0-9 and hyphens"
    case .jurisdictionInvalid(let jurisdiction): "\"\(jurisdiction)\" is not an ISO 3166-2 code such as AE-DU"
    case .unknownChamber: "no chamber has this short name"
    case .chamberExists(let slug, _): "the chamber \(slug) has this short name or domain already"
    case .rootWornOut(let since, let days):
      "the root may vouch for new chambers until \(day(since.adding(days: Int64(days)))) only"
    case .caWornOut(let since, let days):
      "the chamber's CA may vouch for new signers until \(day(since.adding(days: Int64(days)))) only"
    case .signerWornOut(let since, let days):
      "the chamber's signer stopped issuing on \(CivilDate(of: since.adding(days: Int64(days))))"
    case .signerEndsBefore(let signer, let credential):
      "the chamber's signer ends \(day(signer)), before the certificate would (\(day(credential)))"
    case .signerFresh: "the chamber's signer was made this very second"
    case .keyKind(let wanted): "a key that signs answers must be a \(wanted) key"
    case .keyInUse: "this key signs something else already, and a key has one purpose"
    case .neighbourUnusable(let why): "this is not a folder that an authority publishes: \(why)"
    case .neighbourIsOurs: "you cannot recognise your own authority"
    case .neighbourKnown: "this authority is recognised already"
    case .neighbourUnknown: "no authority recognised here published this"
    case .neighbourOlder(let held, let given):
      "this copy of its list (number \(given)) is older than the one at hand (number \(held))"
    case .backupPlace: "a backup cannot go into the home or into public/"
    case .backupExists: "the folder is not empty"
    case .backupDamaged(let why): "the backup is damaged: \(why)"
    case .notABackup(let why): "this is not a backup: \(why)"
    case .restoredNotReconciled:
      "the register was restored from a backup and not yet compared with what was published"
    case .nothingToReconcile: "the register was not restored from a backup, so there is nothing to reconcile"
    case .publishedStateMissing: "there is no published state here to compare with"
    case .publishedStateOld(let published, let remembered):
      "this published state ends at \(published) log entries, but \(remembered) have been shown"
    case .publishedRecordMissing(let leaf): "the published folder has no record that fits log entry \(leaf)"
    case .backupBeforeKey(let kid, let at):
      "the key \(kid) was added at \(at), after this backup was made: it is too old to go on from"
    case .reportChanged: "the report was changed after it was signed"
    case .register(let rule, let write): sentence(rule, write)
    }
  }

  /// Where the register itself refuses what was allowed a moment before: another program wrote, or a file was edited by
  /// hand.
  private static func sentence(_ rule: RegistryRule, _ write: ActRejection.RegisterWrite) -> String {
    let doing = write.act.doing
    return switch rule {
    case .illegalTransition: "\(doing) is not a step that the register allows from here; nothing was written"
    case .issuerNotAuthorised: "the chamber may not do this (\(doing))"
    case .approvalOfOtherContent: "this approval was given for different content and does not count"
    case .officerRemoved: "this officer is no longer in office"
    case .immutable: "what is recorded cannot be changed (\(doing)); nothing was written"
    case .tampered: "rows of the register contradict each other (\(doing)); nothing was written"
    case .roleMissing: "\(write.officer ?? "this officer") does not have the role for \(doing)"
    case .secondOfficerRequired:
      "\(doing) needs a second officer; \(write.officer.map { "only \($0) has signed" } ?? "nobody has signed")"
    case .credentialUnknown: "no certificate has this number"
    case .logMoved: "the log has grown since this command began; nothing was written"
    case .memberUnknown: "no member has this number"
    case .officerUnknown: "no officer has this name"
    case .quotaReached:
      "the quota \(write.quota.map { "of \(grouped($0)) " } ?? "")for \(write.programme ?? "this") is used up"
    case .randomGeneratorRepeats: "the random generator repeats itself; nothing was signed"
    }
  }

  private static func sentence(_ approval: ActRejection.MissingApproval) -> String {
    let missing = approval.needed - approval.officers.count
    let signed =
      approval.officers.isEmpty ? "no officer has signed" : "signed by \(approval.officers.joined(separator: ", "))"
    return """
      \(approval.act.doing(approval.rows, programme: approval.programme)) needs \
      \(missing == 1 ? "one more approval" : "\(missing) approvals"); \(signed)
      """
  }

  /// `not an approver`, `neither a clerk nor an approver`.
  private static func without(_ roles: [OfficerRole]) -> String {
    let names = roles.map { $0 == .clerk ? "a clerk" : "an \($0.rawValue)" }
    return names.count == 1 ? "not \(names[0])" : "neither \(names.joined(separator: " nor "))"
  }

  private static func more(_ count: Int) -> String { count > 0 ? " and \(count) more" : "" }

  /// A day where it ends one, else the moment.
  private static func day(_ instant: Instant) -> String {
    let date = CivilDate(of: instant)
    return date.endOfDay == instant ? date.description : instant.description
  }

  /// Why a certificate cannot be renewed or replaced.
  private static func closed(_ state: CredentialState, then act: String) -> String {
    if state == .suspended {
      return "this certificate is suspended. Reinstate it first (khatm reinstate ID), then \(act)"
    }
    return "this certificate is \(state.word)\(state.isFinal ? ". Issue a new one instead (khatm issue)" : "")"
  }

  static func unknownReason(_ reason: String, for doing: String, _ known: [String]) -> String {
    "\"\(reason)\" is not a reason for \(doing). Choose one of: \(known.joined(separator: ", "))"
  }

  private static func text(_ text: ActRejectionText, _ params: KeyValuePairs<String, String>) -> String {
    Catalogue.sentence(text, params: params.map { ($0.key, $0.value) }, language: .en)
  }

  private static func hint(_ rejection: ActRejection) -> String? {
    switch rejection.reason {
    case .approvalMissing(let approval): next(approval.request)
    case .registeredOfficerRequired: "khatm officer add registers officers"
    case .register(.secondOfficerRequired, let write):
      write.programme.map { "laxer rules are asked for with khatm request profile \($0) --officer NAME" }
    case .officerUnknown, .register(.officerUnknown, _): "khatm officer list names them"
    case .officerExists: "choose another name"
    case .officerKeyExists: "give the passphrase of that key, or another folder with --officer-folder"
    case .requestUnknown: "khatm requests lists them"
    case .pageUnknown: "khatm binding list ID shows its pages"
    case .neighbourUnknown: "khatm recognise list names them"
    case .backupPlace, .backupExists: "choose a new folder"
    case .publishedRecordMissing: "use another copy of public/, for example a mirror"
    case .signerFresh: "run the command again in a second"
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
    case .backupBeforeKey: "restore a newer backup"
    case .requestClosed: "khatm requests NUMBER shows what became of it"
    case .feesUnpaid: "import the member again once the fees are paid"
    case .signerWornOut, .signerEndsBefore:
      "khatm chamber renew-signer \(rejection.subject), by the registrar; revoking and publishing go on"
    case .caWornOut, .rootWornOut: "docs/RUNBOOK.md says how it is replaced; revoking and publishing go on"
    case .officerRemoved, .officerName, .officerRoles, .passphraseWrong,
      .roleMissing, .registrarOnly, .otherChamber, .requestChanged, .ownRequest, .namesUnaccepted,
      .chamberNotGranted, .territory, .quotaReached, .memberName, .nameReserved, .storefront, .claimUnknown,
      .claimMalformed,
      .claimMissing, .validityEmpty, .memberCertified, .planMalformed, .credentialUnknown, .illegalTransition,
      .notRenewable, .notReplaceable, .rowSpent, .reasonUnknown, .memberNeeded, .memberTakesOverItself,
      .otherChamberTakesOver, .notACard,
      .noSuspensionEntry, .pagesFrozen, .pageWithdrawn, .bindingMethod, .contactMalformed, .hostInvalid,
      .nameLength, .slugInvalid, .jurisdictionInvalid, .chamberExists, .keyKind, .keyInUse,
      .neighbourUnusable, .neighbourIsOurs, .neighbourKnown, .neighbourOlder,
      .backupDamaged, .notABackup, .nothingToReconcile, .reportChanged,
      .register(.illegalTransition, _), .register(.issuerNotAuthorised, _), .register(.approvalOfOtherContent, _),
      .register(.officerRemoved, _), .register(.immutable, _), .register(.tampered, _), .register(.roleMissing, _),
      .register(.credentialUnknown, _), .register(.logMoved, _), .register(.quotaReached, _),
      .register(.randomGeneratorRepeats, _):
      nil
    }
  }

  /// How a request goes on.
  static func next(_ request: Int64) -> String { "khatm approve \(request) --officer NAME, by another officer" }

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
      .nameConfusable, .nameInvisible, .nameReservedPhrase, .nameSymbol, .bindingIsAuthority, .neighbourIsOurs,
      .neighbourKnown, .neighbourOlder, .noSuspensionEntry,
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
    case .missing(let path): CommandFailure(exit: 2, "not_a_home", "\(path) is missing", hint: "khatm init creates one")
    case .notARegister(let path, let why):
      CommandFailure(exit: 2, "not_a_register", "\(path) is not a register of this program: \(why)")
    case .outdated(let path):
      CommandFailure(
        exit: 2,
        "register_outdated",
        "\(path) was written by an older version",
        hint: "khatm publish brings it up to date, as does every command that writes"
      )
    case .writeAheadLog(let path):
      CommandFailure(
        exit: 5,
        "write_ahead_log",
        "\(path) is in write-ahead mode, which can lose acknowledged commits",
        hint: "open it with SQLite, set journal_mode to DELETE, and check it before going on"
      )
    case .durability(let setting, let found):
      CommandFailure(
        exit: 5,
        "durability",
        "SQLite did not accept the setting \(setting) (it reports \(found)); nothing was written"
      )
    case .refused(let rule): CommandFailure(exit: 1, rule.rawValue, "the register refuses: \(rule.rawValue)")
    case .constraint(let words): CommandFailure(exit: 5, "storage", "the register cannot be used: \(words)")
    case .unreadable(let table, let column, let value):
      CommandFailure(
        exit: 5,
        "storage",
        "the register cannot be used: \(table).\(column) holds \"\(value)\", which this program does not know"
      )
    case .diskFull:
      CommandFailure(
        exit: 5,
        "storage",
        "the disk is full; nothing of this step was kept",
        hint: "free space and run the same command again"
      )
    case .storage(let why): CommandFailure(exit: 5, "storage", "the register cannot be used: \(why)")
    }
  }

  static func failure(_ failure: IssuanceFailure) -> CommandFailure {
    switch failure {
    case .notAHome(let path):
      CommandFailure(exit: 2, "not_a_home", "there is no authority in \(path)", hint: "khatm init creates one")
    case .homeExists(let path):
      CommandFailure(
        exit: 2,
        "home_exists",
        "\(path) holds an authority already",
        hint: "choose another folder with --home"
      )
    case .busy(let pid, let since):
      CommandFailure(
        exit: 1,
        "busy",
        "another khatm is writing\(pid.isEmpty ? "" : " (process \(pid)\(since.isEmpty ? "" : ", since \(since)"))")",
        hint: "wait for it, or use --wait SECONDS",
        details: ["pid": JSON(pid), "since": JSON(since)]
      )
    case .passphraseWrong(let file):
      CommandFailure(
        exit: 2,
        "passphrase_wrong",
        "the passphrase does not open \(file)",
        hint:
          """
          check KHATM_PASSPHRASE or --passphrase-file; for an officer's key KHATM_OFFICER_PASSPHRASE or \
          --officer-passphrase-file
          """
      )
    case .passphraseTooShort(let minimum):
      CommandFailure(exit: 2, "passphrase_short", "the passphrase must have at least \(minimum) bytes")
    case .keyUnusable(let file, let why):
      CommandFailure(exit: 5, "key_unusable", "the key \(file) cannot be used: \(why)")
    case .keyMissing(let file, let folder):
      CommandFailure(
        exit: 5,
        "key_unusable",
        "the key \(file) is not in \(folder)",
        hint: "see \"Lost key or passphrase\" in docs/RUNBOOK.md"
      )
    case .officerKeyMissing(let officer, let folder):
      CommandFailure(
        exit: 5,
        "key_unusable",
        "\(officer)'s key is not in \(folder)",
        hint: "give its folder with --officer-folder; if it is lost, see \"Lost key or passphrase\" in docs/RUNBOOK.md"
      )
    case .fileSystem(let path, let call, let why):
      CommandFailure(exit: 5, "file_system", "cannot \(call) \(path): \(why)")
    case .publishedDiffers(let path):
      CommandFailure(
        exit: 5,
        "published_differs",
        "\(path) was changed by someone else; nothing was overwritten",
        hint: "compare it with a mirror; another register may write to the same public/"
      )
    case .register(let why): CommandFailure(exit: 5, "register", "the register cannot be used: \(why)")
    case .profile(let why): CommandFailure(exit: 5, "profile", "the profiles cannot be used: \(why)")
    case .cryptography(let why): CommandFailure(exit: 5, "cryptography", why)
    case .clockWentBack(let now, let newest):
      CommandFailure(
        exit: 1,
        "clock_went_back",
        text(.clockWentBack, ["now": now, "newest": newest]),
        hint: "set the clock right; if it was wrong then, see \"Clock\" in docs/RUNBOOK.md"
      )
    case .registryTampered(let table, let row):
      CommandFailure(
        exit: 1,
        "registry_tampered",
        text(.registryTampered, ["table": table, "row": row]),
        hint: "keep this home as evidence and restore the newest backup (\"Restore\" in docs/RUNBOOK.md)"
      )
    case .olderThanPublished(let registry, let published):
      CommandFailure(
        exit: 1,
        "registry_older_than_published",
        "the register knows \(registry) log entries, but \(published) have been published: it is an old copy",
        hint: "restore a backup and reconcile it (khatm restore); issuing from this copy would fork the public log"
      )
    case .anotherLog(let path, let size):
      CommandFailure(
        exit: 1,
        "registry_forks_log",
        """
        \(path) shows a log of \(size) entries that are not those of the register: what was published and this \
        register have parted
        """,
        hint: "restore the register that published it; keep both files, they are the evidence"
      )
    case .checkpointUnreadable(let path, let why):
      CommandFailure(
        exit: 1,
        "checkpoint_unreadable",
        "\(path) cannot be read (\(why)), so nobody can tell whether the register is an old copy: nothing is signed",
        hint: "compare khatm's newest checkpoint with a mirror's or a witness's, then move this file away"
      )
    }
  }
}
