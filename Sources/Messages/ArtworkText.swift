/// The words in pictures: badge, QR card, printed certificate. None of them speaks of a status.
public enum ArtworkText: String, CaseIterable, Hashable, Sendable {
  // Badge
  case check, badgeTitle, badgeAlternative, memberCertificate
  // QR card
  case cardTitle, registeredPage, morePages, addressMustBegin, scanToCheck, cardWarning
  // Certificate
  case certificateOfMembership, certifies, isMember, underProgramme, registerNumber, membershipNumber, memberSince,
    validFrom,
    validUntil, registeredPages, certificateNumber, checkAt, paperProvesNothing, sample

  public var texts: FourTexts {
    switch self {
    case .check: FourTexts(en: "Check", ar: "تحقّق", fr: "Vérifier", zh: "核验")
    case .badgeTitle:
      FourTexts(
        en: "{chamber}: member certificate {id}. Ask {host}",
        ar: "{chamber}: شهادة عضوية {id}. للتحقق: {host}",
        fr: "{chamber}\u{A0}: certificat de membre {id}. À vérifier auprès de {host}",
        zh: "{chamber}：会员证书 {id}。请向 {host} 查询"
      )
    case .badgeAlternative:
      FourTexts(
        en: "{chamber} member certificate {id}: check it",
        ar: "شهادة عضوية من {chamber} رقم {id}: تحقّق منها",
        fr: "Certificat de membre, {chamber}, {id}\u{A0}: à vérifier",
        zh: "{chamber} 会员证书 {id}：请核验"
      )
    case .memberCertificate:
      FourTexts(en: "Member certificate", ar: "شهادة عضوية", fr: "Certificat de membre", zh: "会员证书")

    case .cardTitle:
      FourTexts(
        en: "Member certificate {id} of {member}",
        ar: "شهادة العضوية {id} باسم {member}",
        fr: "Certificat de membre {id}, titulaire\u{A0}: {member}",
        zh: "{member} 的会员证书 {id}"
      )
    case .registeredPage: FourTexts(en: "Registered page", ar: "الصفحة المسجلة", fr: "Page enregistrée", zh: "登记的页面")
    case .morePages:
      FourTexts(
        en: "More registered pages: {count}",
        ar: "صفحات مسجلة أخرى: {count}",
        fr: "Autres pages enregistrées\u{A0}: {count}",
        zh: "另有登记页面：{count}"
      )
    case .addressMustBegin:
      FourTexts(
        en: "The address must begin with {host}",
        ar: "يجب أن يبدأ العنوان بـ {host}",
        fr: "L’adresse doit commencer par {host}",
        zh: "地址必须以 {host} 开头"
      )
    case .scanToCheck: FourTexts(en: "Scan to check", ar: "امسح الرمز للتحقق", fr: "Scannez pour vérifier", zh: "扫码核验")
    case .cardWarning:
      FourTexts(
        en: "On any other page this picture is a copy.",
        ar: "إذا ظهرت هذه الصورة في صفحة أخرى فهي منسوخة.",
        fr: "Sur toute autre page, cette image est une copie.",
        zh: "若出现在其他页面，此图即为复制品。"
      )

    case .certificateOfMembership:
      FourTexts(
        en: "Certificate of Membership",
        ar: "شهادة عضوية",
        fr: "Certificat d’adhésion",
        zh: "会员证书"
      )
    case .certifies:
      FourTexts(
        en: "{chamber} certifies that",
        ar: "تشهد {chamber} بأن",
        fr: "{chamber} certifie que",
        zh: "{chamber} 兹证明"
      )
    case .isMember:
      FourTexts(
        en: "is a member of the chamber",
        ar: "عضو في الغرفة",
        fr: "est membre de la chambre",
        zh: "为本会会员"
      )
    case .underProgramme: FourTexts(en: "Programme", ar: "البرنامج", fr: "Programme", zh: "会员计划")
    case .registerNumber:
      FourTexts(en: "Register number", ar: "رقم القيد في السجل", fr: "Numéro d’immatriculation", zh: "登记号")
    case .membershipNumber: FourTexts(en: "Membership number", ar: "رقم العضوية", fr: "Numéro d’adhérent", zh: "会员编号")
    case .memberSince: FourTexts(en: "Member since", ar: "عضو منذ", fr: "Membre depuis", zh: "入会时间")
    case .validFrom: FourTexts(en: "Valid from", ar: "سارية من", fr: "Valable à partir du", zh: "生效日期")
    case .validUntil: FourTexts(en: "Valid until", ar: "سارية حتى", fr: "Valable jusqu’au", zh: "有效期至")
    case .registeredPages:
      FourTexts(en: "Registered pages", ar: "الصفحات المسجلة", fr: "Pages enregistrées", zh: "登记的页面")
    case .certificateNumber:
      FourTexts(en: "Certificate number", ar: "رقم الشهادة", fr: "Numéro du certificat", zh: "证书编号")
    case .checkAt: FourTexts(en: "Check it at", ar: "للتحقق", fr: "À vérifier sur", zh: "核验网址")
    case .paperProvesNothing:
      FourTexts(
        en: "Paper can be copied. Only the check shows whether this certificate is in force today.",
        ar: "الورق يمكن نسخه. والتحقق وحده يوضح ما إذا كانت هذه الشهادة سارية اليوم.",
        fr: "Le papier se copie. Seule la vérification montre si ce certificat est en vigueur aujourd’hui.",
        zh: "纸件可以复制。只有核验才能说明此证书今日是否有效。"
      )
    case .sample: FourTexts(en: "SAMPLE", ar: "نموذج", fr: "SPÉCIMEN", zh: "样本")
    }
  }
}

extension ArtworkText: Message {
  public var identifier: String { rawValue }

  public var parameters: [String] {
    switch self {
    case .badgeTitle: ["chamber", "id", "host"]
    case .badgeAlternative: ["chamber", "id"]
    case .cardTitle: ["id", "member"]
    case .morePages: ["count"]
    case .addressMustBegin: ["host"]
    case .certifies: ["chamber"]
    default: []
    }
  }
}
