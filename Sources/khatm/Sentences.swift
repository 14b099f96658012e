import Encodings
import Issuance
import Messages
import Registry

/// Refusals and failures in words, with exit code and remedy.
enum Sentences {
  static func failure(_ refusal: Refusal) -> CommandFailure {
    var details: [String: JSON] = ["subject": JSON(refusal.subject)]
    for (name, value) in refusal.params { details[name] = JSON(value) }
    let usage: Set<String> = [
      "host_invalid", "name_length", "slug_invalid", "jurisdiction_invalid", "reason_unknown", "validity_empty",
      "member_unknown", "unknown_chamber", "officer_name", "officer_roles", "plan_malformed",
      "claim_unknown", "neighbour_unusable", "backup_place", "backup_exists", "backup_damaged", "not_a_backup",
      "neighbour_unknown", "claim_missing", "claim_malformed", "contact_malformed", "member_needed", "request_unknown",
    ]
    let subject = refusal.subject.isEmpty ? "" : "\(refusal.subject): "
    return CommandFailure(
      usage.contains(refusal.code) ? 2 : 1,
      refusal.code,
      subject + sentence(refusal),
      hint: hint(refusal),
      details: details
    )
  }

  static func sentence(_ refusal: Refusal) -> String {
    func value(_ name: String) -> String { refusal.params[name] ?? "?" }
    switch refusal.code {
    case "fees_unpaid":
      return
        """
        the fees are paid until \(refusal.params["paidUntil"].flatMap { $0.isEmpty ? nil : $0 } ?? "never"), which has \
        passed
        """
    case "quota_reached": return "the quota of \(value("quota")) for \(value("programme")) is used up"
    case "territory": return "\(value("programme")) is not for companies of \(value("jurisdiction"))"
    case "officer_unknown": return "there is no such officer"
    case "officer_removed": return "this officer is no longer in office"
    case "officer_exists": return "an officer of this name is or was registered; names are never given twice"
    case "officer_name":
      return "an officer's name has 2 to 40 characters a-z, 0-9, dots and hyphens, and is not registrar"
    case "officer_roles": return "an officer is a clerk, an approver or both; an auditor is nothing else"
    case "officer_key_exists": return "there is a key already: \(value("file"))"
    case "passphrase_wrong": return "the passphrase does not open this officer's key"
    case "role_missing": return "\(value("officer")) is no \(value("roles"))"
    case "issuer_not_authorised" where refusal.params["officer"] != nil:
      return "\(value("officer")) acts for \(value("issuer")), and this is for \(value("chamber")) to do"
    case "registrar_only":
      return "only the registrar, who holds the keys of the authority, may do this (\(value("act")))"
    case "request_unknown": return "there is no such request"
    case "request_closed":
      return
        """
        the request is closed \
        (\(value("state"))\(refusal.params["by"].flatMap { $0.isEmpty ? nil : " by \($0)" } ?? ""))
        """
    case "request_changed" where refusal.params["row"] == "0":
      return "the rules of the programme are no longer those it was asked for under; ask anew"
    case "request_changed":
      return "what was asked for is no longer what the register says (row \(value("row"))); ask anew"
    case "approval_of_other_content": return "the approval is of another content"
    case "plan_malformed": return "this is not a plan that this program wrote"
    case "report_changed": return "the report is not as it was signed"
    case "claim_unknown": return "\(value("programme")) makes no claim \(value("claim")); it makes \(value("known"))"
    case "claim_missing": return "the claim \(value("claim")) is missing"
    case "claim_malformed": return "the claim \(value("claim")) is not as it must be: \(value("why"))"
    case "contact_malformed": return "the contact's \(value("field")) is not as it must be: \(value("why"))"
    case "member_certified":
      return
        """
        \(value("member")) has a certificate of this programme already (\(value("certificate"))); withdraw the one \
        that is no longer needed (khatm revoke)
        """
    case "member_needed": return "an amalgamation, and nothing else, names the member that takes over (--into)"
    case "second_officer_required" where refusal.params["registrar"] != nil:
      return "this takes registered officers; the registrar's word counts for nothing here"
    case "second_officer_required":
      let asked = refusal.params["request"].map { "request \($0)" }
      let so = refusal.params["officers"].map { $0 == "none" ? "nobody has approved it" : "so far only \($0)" }
      return ["a second officer must approve this (\(value("act")))", asked, so].compactMap { $0 }.joined(
        separator: "; "
      )
    case "page_unknown": return "the certificate does not name \(value("key"))"
    case "binding_method": return "a page of the kind \(value("kind")) is not proved by \(value("method"))"
    case "illegal_transition" where refusal.params["from"] == refusal.params["to"]:
      return "the certificate is \(value("to")) already"
    case "credential_unknown": return "no certificate has this number"
    case "member_unknown": return "there is no such member"
    case "unknown_chamber": return "there is no such chamber"
    case "chamber_exists": return "the chamber \(value("existing")) has this name or domain already"
    case "slug_invalid": return "a short name has 2 to 40 characters a-z, 0-9 and hyphens"
    case "jurisdiction_invalid": return "\(value("jurisdiction")) is not an ISO 3166-2 code such as AE-DU"
    case "host_invalid": return "\(value("host")) is not a host name in lower case such as khatm.example"
    case "name_length": return "\(value("field")) must have 1 to \(value("max")) characters, none of them hidden"
    case "reason_unknown": return "\(value("reason")) is no reason for this; known are \(value("known"))"
    case "neighbour_unusable": return "this is not what an authority publishes: \(value("why"))"
    case "neighbour_is_ours": return "this is the own authority"
    case "neighbour_known": return "this authority is recognised already"
    case "neighbour_unknown": return "no authority that is recognised here"
    case "neighbour_older":
      return "its list is older (number \(value("given"))) than the one at hand (\(value("held")))"
    case "backup_place": return "a backup does not go into the home or into public/"
    case "backup_exists": return "there is something in this folder already"
    case "backup_damaged": return "the backup is damaged: \(value("why"))"
    case "not_a_backup": return "this is not a backup: \(value("why"))"
    case "restored_not_reconciled":
      return "the register was put back from a backup and not yet compared with what was published"
    case "nothing_to_reconcile": return "this register was not put back from a backup"
    case "published_state_missing": return "there is no published state to compare with"
    case "published_state_old":
      return "the published state ends at \(value("published")) entries, but \(value("remembered")) have been shown"
    case "published_record_missing": return "the published folder has no fitting record for log entry \(value("leaf"))"
    case "backup_before_key":
      return "the key \(value("kid")) was added at \(value("at")), after this backup: it is too old to go on from"
    case "validity_empty": return "it would end (\(value("until"))) before it begins"
    case "signer_worn_out":
      return "the chamber's signer has been in use for more than \(value("days")) days (since \(value("since")))"
    case "ca_worn_out":
      return
        """
        the chamber's CA has been in use for more than \(value("days")) days (since \(value("since"))) and cannot \
        vouch for a new signer
        """
    case "root_worn_out":
      return
        """
        the root has been in use for more than \(value("days")) days (since \(value("since"))) and cannot vouch for a \
        new chamber
        """
    case "signer_fresh": return "the chamber's signer was made this very second"
    case "signer_ends_before":
      return "the chamber's signer ends \(value("signer")), before the certificate would (\(value("credential")))"
    default: break
    }
    let params = refusal.params.map { ($0.key, $0.value) }
    if let code = OfficerCode(rawValue: refusal.code) { return Catalogue.sentence(code, params: params, language: .en) }
    if let code = ReasonCode(rawValue: refusal.code) { return Catalogue.sentence(code, params: params, language: .en) }
    return refusal.code
  }

  private static func hint(_ refusal: Refusal) -> String? {
    switch refusal.code {
    case "second_officer_required":
      refusal.params["request"].map { "another officer approves it with: khatm approve \($0) --officer NAME" }
        ?? "two registered officers are needed: khatm officer add"
    case "officer_unknown": "khatm officer list names them"
    case "member_unknown" where !refusal.subject.contains("/"): "write CHAMBER/NUMBER, for example dubai/517919"
    case "member_unknown": "khatm member search finds members by name or number"
    case "unknown_chamber": "khatm chamber list names them"
    case "restored_not_reconciled": "khatm restore --reconcile"
    case "published_state_missing":
      """
      give the newest copy with --published FOLDER (a mirror, a witness); --nothing-published only where none ever \
      existed
      """
    case "published_state_old": "find a newer copy of public/, for example a mirror"
    case "backup_before_key": "put a newer backup back"
    case "request_closed": "khatm requests --all shows what became of it"
    case "fees_unpaid": "import the member again once the fees are paid"
    case "signer_worn_out", "signer_ends_before":
      "the registrar gives the chamber a new one with khatm chamber renew-signer; revoking and publishing go on"
    case "ca_worn_out", "root_worn_out": "docs/RUNBOOK.md says how it is replaced; revoking and publishing go on"
    default: nil
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
    case .passphraseMissing:
      CommandFailure(
        2,
        "passphrase_missing",
        "the keys need a passphrase",
        hint: "set KHATM_PASSPHRASE or use --passphrase-file FILE"
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
        Catalogue.sentence(OfficerCode.clockWentBack, params: [("now", now), ("newest", newest)], language: .en),
        hint: "set the clock right; nothing is ever back-dated"
      )
    case .registryTampered(let table, let row):
      CommandFailure(
        1,
        "registry_tampered",
        Catalogue.sentence(OfficerCode.registryTampered, params: [("table", table), ("row", row)], language: .en)
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
