"""What the devstore keeps of the official Admin API schema: types and their fields.

Its one rule: only names of the official schema stand here, because `make_schema` copies their
types, arguments and deprecations from it and fails on a name that it does not find. Enums, scalars,
connections and edges follow by themselves; input objects are kept whole unless listed with fields.
"""

from typing import Final

OBJECTS: Final[dict[str, str]] = {
    "QueryRoot": """
        bulkOperation bulkOperations collections currentAppInstallation currentBulkOperation customer
        fulfillment fulfillmentOrder job location locations node nodes order orders ordersCount products
        publicApiVersions shop""",
    "Mutation": """
        bulkOperationCancel bulkOperationRunMutation bulkOperationRunQuery fulfillmentCancel
        fulfillmentCreate fulfillmentOrderHold fulfillmentOrderReleaseHold fulfillmentTrackingInfoUpdate
        orderCancel orderCapture orderClose orderDelete orderMarkAsPaid orderOpen orderUpdate refundCreate
        stagedUploadsCreate tagsAdd tagsRemove""",
    "Order": """
        app attribution billingAddress billingAddressMatchesShippingAddress canMarkAsPaid canNotifyCustomer
        cancelReason cancellation cancelledAt capturable cartDiscountAmountSet cartToken checkoutToken
        clientIp closed closedAt confirmationNumber confirmed createdAt currencyCode
        currentCartDiscountAmountSet currentShippingPriceSet currentSubtotalLineItemsQuantity
        currentSubtotalPriceSet currentTaxLines
        currentTotalDiscountsSet currentTotalPriceSet currentTotalTaxSet currentTotalWeight customAttributes
        customer customerAcceptsMarketing customerJourneySummary customerLocale discountApplications
        discountCode discountCodes displayAddress displayFinancialStatus displayFulfillmentStatus disputes
        dutiesIncluded edited email estimatedTaxes fulfillable fulfillmentOrders fulfillments
        fulfillmentsCount fullyPaid hasTimelineComment id landingPageUrl legacyResourceId lineItems
        merchantEditable merchantEditableErrors metafield metafields name netPaymentSet
        nonFulfillableLineItems note number originalTotalPriceSet paymentGatewayNames paymentTerms phone
        physicalLocation poNumber presentmentCurrencyCode processedAt productNetwork publication
        purchasingEntity referrerUrl refundDiscrepancySet refundable refunds registeredSourceUrl
        requiresShipping restockable retailLocation returnStatus returns risk riskLevel shippingAddress
        shippingLine shippingLines sourceIdentifier sourceName staffMember statusPageUrl
        subtotalLineItemsQuantity subtotalPriceSet tags taxExempt taxLines taxesIncluded test
        totalCapturable totalCapturableSet totalDiscountsSet totalOutstandingSet totalPriceSet
        totalReceivedSet totalRefundedSet totalRefundedShippingSet totalShippingPriceSet totalTaxSet
        totalTipReceivedSet totalWeight transactions transactionsCount unpaid updatedAt""",
    "LineItem": """
        currentQuantity customAttributes discountAllocations discountedTotalSet
        discountedUnitPriceAfterAllDiscountsSet discountedUnitPriceSet fulfillableQuantity
        fulfillmentService fulfillmentStatus id isGiftCard merchantEditable name nonFulfillableQuantity
        originalTotalSet originalUnitPriceSet priceAfterAllDiscountsBeforeTaxesSet product quantity
        refundableQuantity requiresShipping restockable sku taxLines taxable title totalDiscountSet
        unfulfilledDiscountedTotalSet unfulfilledOriginalTotalSet unfulfilledQuantity variant variantTitle
        vendor weight""",
    "Fulfillment": """
        createdAt deliveredAt displayStatus estimatedDeliveryAt events fulfillmentLineItems
        fulfillmentOrders id inTransitAt legacyResourceId location name order originAddress
        requiresShipping service status totalQuantity trackingInfo updatedAt""",
    "FulfillmentLineItem": "discountedTotalSet id lineItem originalTotalSet quantity",
    "FulfillmentEvent": "createdAt happenedAt id message status",
    "FulfillmentOriginAddress": "address1 address2 city countryCode provinceCode zip",
    "FulfillmentTrackingInfo": "company number url",
    "FulfillmentService": """
        callbackUrl handle id inventoryManagement location requiresShippingMethod serviceName
        trackingSupport type""",
    "FulfillmentOrder": """
        assignedLocation createdAt deliveryMethod destination fulfillAt fulfillBy fulfillmentHolds
        fulfillments id lineItems merchantRequests order orderId orderName orderProcessedAt requestStatus
        status supportedActions updatedAt""",
    "FulfillmentOrderAssignedLocation": "address1 address2 city countryCode location name phone province zip",
    "FulfillmentOrderDestination": """
        address1 address2 city company countryCode email firstName id lastName phone province zip""",
    "FulfillmentOrderLineItem": """
        id lineItem productTitle remainingQuantity requiresShipping sku totalQuantity variant variantTitle
        vendor weight""",
    "FulfillmentOrderMerchantRequest": "id kind message requestOptions sentAt",
    "FulfillmentOrderSupportedAction": "action externalUrl",
    "FulfillmentHold": "displayReason handle heldByApp heldByRequestingApp id reason reasonNotes",
    "DeliveryMethod": "id maxDeliveryDateTime methodType minDeliveryDateTime presentedName serviceCode",
    "OrderTransaction": """
        accountNumber amountSet authorizationCode authorizationExpiresAt createdAt errorCode fees
        formattedGateway gateway id kind location manualPaymentGateway manuallyCapturable multiCapturable
        order parentTransaction paymentDetails paymentId processedAt receiptJson settlementCurrency
        settlementCurrencyRate status test totalUnsettledSet""",
    "TransactionFee": "amount flatFee flatFeeName id rate rateName taxAmount type",
    "CardPaymentDetails": """
        avsResultCode bin company cvvResultCode expirationMonth expirationYear name number""",
    "Refund": """
        createdAt id legacyResourceId note order processedAt refundLineItems refundShippingLines return
        staffMember totalRefundedSet transactions updatedAt""",
    "RefundLineItem": "id lineItem location priceSet quantity restockType restocked subtotalSet totalTaxSet",
    "RefundShippingLine": "id shippingLine subtotalAmountSet taxAmountSet",
    "Return": """
        closedAt createdAt id name order refunds requestApprovedAt returnLineItems status totalQuantity""",
    "ReturnLineItem": """
        customerNote fulfillmentLineItem id processableQuantity processedQuantity quantity
        refundableQuantity refundedQuantity returnReason returnReasonNote unprocessedQuantity""",
    "UnverifiedReturnLineItem": """
        customerNote id processableQuantity processedQuantity quantity refundableQuantity
        refundedQuantity returnReason returnReasonNote unprocessedQuantity""",
    "OrderCancellation": "staffNote",
    "OrderApp": "id name",
    "OrderAttribution": "displayName handle",
    "OrderRiskSummary": "assessments recommendation",
    "OrderRiskAssessment": "facts provider riskLevel",
    "RiskFact": "description sentiment",
    "OrderDisputeSummary": "id initiatedAs status",
    "CustomerJourneySummary": "customerOrderIndex daysToConversion firstVisit lastVisit ready",
    "CustomerVisit": "id landingPage occurredAt referrerUrl source",
    "PaymentTerms": "dueInDays id overdue paymentTermsName paymentTermsType translatedName",
    "PurchasingCompany": "company contact location",
    "Company": "externalId id name note",
    "CompanyContact": "customer id title",
    "CompanyLocation": "externalId id name",
    "ShippingLine": """
        carrierIdentifier code currentDiscountedPriceSet custom deliveryCategory discountedPriceSet id
        isRemoved originalPriceSet phone source taxLines title""",
    "TaxLine": "channelLiable priceSet rate ratePercentage title",
    "DiscountAllocation": "allocatedAmountSet discountApplication",
    "DiscountCodeApplication": "allocationMethod code index targetSelection targetType value",
    "ManualDiscountApplication": """
        allocationMethod description index targetSelection targetType title value""",
    "PricingPercentageValue": "percentage",
    "MoneyBag": "presentmentMoney shopMoney",
    "MoneyV2": "amount currencyCode",
    "Attribute": "key value",
    "Weight": "unit value",
    "Count": "count precision",
    "PageInfo": "endCursor hasNextPage hasPreviousPage startCursor",
    "Metafield": "createdAt id key legacyResourceId namespace ownerType type updatedAt value",
    "Customer": """
        amountSpent createdAt defaultAddress defaultEmailAddress defaultPhoneNumber displayName email
        firstName id lastName legacyResourceId locale note numberOfOrders orders phone state tags taxExempt
        updatedAt verifiedEmail""",
    "CustomerEmailAddress": "emailAddress marketingOptInLevel marketingState validFormat",
    "CustomerPhoneNumber": "marketingState phoneNumber",
    "MailingAddress": """
        address1 address2 city company coordinatesValidated country countryCode countryCodeV2 firstName
        formatted formattedArea id lastName latitude longitude name phone province provinceCode timeZone
        zip""",
    "Location": """
        activatable address createdAt deactivatable deactivatedAt fulfillmentService fulfillsOnlineOrders
        id isActive isFulfillmentService isPrimary legacyResourceId name shipsInventory updatedAt""",
    "LocationAddress": "address1 address2 city country countryCode phone province provinceCode zip",
    "Publication": "id name",
    "Product": """
        collections handle id legacyResourceId media metafields sellingPlanGroups title variants vendor""",
    "ProductVariant": "displayName id legacyResourceId metafields price product sku taxable title",
    "Collection": "handle id products title",
    "MediaImage": "alt id",
    "SellingPlanGroup": "id name",
    "App": "apiKey developerName handle id title",
    "AppInstallation": "accessScopes app id launchUrl",
    "AccessScope": "description handle",
    "StaffMember": "email firstName id lastName name",
    "Shop": """
        contactEmail createdAt currencyCode email enabledPresentmentCurrencies ianaTimezone id
        myshopifyDomain name orderNumberFormatPrefix orderNumberFormatSuffix plan primaryDomain
        taxShipping taxesIncluded timezoneAbbreviation timezoneOffset url weightUnit""",
    "ShopPlan": "displayName partnerDevelopment publicDisplayName shopifyPlus",
    "Domain": "host id sslEnabled url",
    "ApiVersion": "displayName handle supported",
    "Job": "done id",
    "OrderCancelJobResult": "done errors id order status",
    "BulkOperation": """
        completedAt createdAt errorCode fileSize id objectCount partialDataUrl query rootObjectCount
        status type url""",
    "StagedMediaUploadTarget": "parameters resourceUrl url",
    "StagedUploadParameter": "name value",
    "UserError": "field message",
    "OrderCancelUserError": "code field message",
    "OrderDeleteUserError": "code field message",
    "FulfillmentOrderHoldUserError": "code field message",
    "FulfillmentOrderReleaseHoldUserError": "code field message",
    "BulkOperationUserError": "code field message",
    "BulkMutationUserError": "code field message",
    "OrderCancelPayload": "job jobResult orderCancelUserErrors userErrors",
    "OrderClosePayload": "order userErrors",
    "OrderOpenPayload": "order userErrors",
    "OrderDeletePayload": "deletedId userErrors",
    "OrderUpdatePayload": "order userErrors",
    "OrderMarkAsPaidPayload": "order userErrors",
    "OrderCapturePayload": "transaction userErrors",
    "RefundCreatePayload": "order refund userErrors",
    "FulfillmentCancelPayload": "fulfillment userErrors",
    "FulfillmentCreatePayload": "fulfillment userErrors",
    "FulfillmentTrackingInfoUpdatePayload": "fulfillment userErrors",
    "FulfillmentOrderHoldPayload": "fulfillmentHold fulfillmentOrder remainingFulfillmentOrder userErrors",
    "FulfillmentOrderReleaseHoldPayload": "fulfillmentOrder userErrors",
    "TagsAddPayload": "node userErrors",
    "TagsRemovePayload": "node userErrors",
    "BulkOperationRunQueryPayload": "bulkOperation userErrors",
    "BulkOperationRunMutationPayload": "bulkOperation userErrors",
    "BulkOperationCancelPayload": "bulkOperation userErrors",
    "StagedUploadsCreatePayload": "stagedTargets userErrors",
}

INTERFACES: Final[dict[str, str]] = {
    "Node": "id",
    "LegacyInteroperability": "legacyResourceId",
    "DisplayableError": "field message",
    "JobResult": "done id",
    "DiscountApplication": "allocationMethod index targetSelection targetType value",
    "Media": "alt id",
    "ReturnLineItemType": """
        customerNote id processableQuantity processedQuantity quantity refundableQuantity refundedQuantity
        returnReason returnReasonNote unprocessedQuantity""",
}

UNIONS: Final[tuple[str, ...]] = ("PaymentDetails", "PricingValue", "PurchasingEntity")

INPUTS: Final[dict[str, str]] = {
    "AttributeInput": "*",
    "FulfillmentInput": "*",
    "FulfillmentOrderHoldInput": "*",
    "FulfillmentOrderLineItemInput": "*",
    "FulfillmentOrderLineItemsInput": "*",
    "FulfillmentOriginAddressInput": "*",
    "FulfillmentTrackingInput": "*",
    "MailingAddressInput": "*",
    "MetafieldInput": "*",
    "MoneyInput": "*",
    "OrderCancelRefundMethodInput": "*",
    "OrderCancelStoreCreditRefundInput": "*",
    "OrderCaptureInput": "*",
    "OrderCloseInput": "*",
    "OrderInput": "customAttributes email id metafields note phone poNumber shippingAddress tags",
    "OrderMarkAsPaidInput": "*",
    "OrderOpenInput": "*",
    "OrderTransactionInput": "*",
    "RefundDutyInput": "*",
    "RefundInput": "*",
    "RefundLineItemInput": "*",
    "RefundMethodInput": "*",
    "ShippingRefundInput": "*",
    "StagedUploadInput": "*",
    "StoreCreditRefundInput": "*",
}
