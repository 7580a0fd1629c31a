/** The role that a service may be given in an account, and the policy that AWS attaches to it. */
export interface ServiceLinkedRole {
  /** Such as `ecs.amazonaws.com`. */
  readonly service: string;
  readonly roleName: string;
  readonly policyArn: string;
  /** Whether an account may have several, told apart by a suffix. */
  readonly suffix: boolean;
}

type Row = readonly [service: string, role: string, policy: string, suffix?: "suffix"];

// `service` stands before .amazonaws.com, `role` after AWSServiceRoleFor.
const RECORDED: readonly Row[] = [
  ["accountdiscovery.ssm", "AmazonSSM_AccountDiscovery", "AWSSystemsManagerAccountDiscoveryServicePolicy"],
  ["acm", "CertificateManager", "CertificateManagerServiceRolePolicy"],
  ["appmesh", "AppMesh", "AWSAppMeshServiceRolePolicy"],
  ["autoscaling-plans", "AutoScalingPlans_EC2AutoScaling", "AWSAutoScalingPlansEC2AutoScalingPolicy"],
  ["autoscaling", "AutoScaling", "AutoScalingServiceRolePolicy", "suffix"],
  ["backup", "Backup", "AWSBackupServiceLinkedRolePolicyForBackup"],
  ["batch", "Batch", "BatchServiceRolePolicy"],
  [
    "cassandra.application-autoscaling",
    "ApplicationAutoScaling_CassandraTable",
    "AWSApplicationAutoscalingCassandraTablePolicy",
  ],
  ["cks.kms", "KeyManagementServiceCustomKeyStores", "AWSKeyManagementServiceCustomKeyStoresServiceRolePolicy"],
  ["cloudtrail", "CloudTrail", "CloudTrailServiceRolePolicy"],
  ["codestar-notifications", "CodeStarNotifications", "AWSCodeStarNotificationsServiceRolePolicy"],
  ["config", "Config", "AWSConfigServiceRolePolicy"],
  ["connect", "AmazonConnect", "AmazonConnectServiceLinkedRolePolicy", "suffix"],
  ["dms-fleet-advisor", "DMSFleetAdvisor", "AWSDMSFleetAdvisorServiceRolePolicy"],
  ["dms", "DMSServerless", "AWSDMSServerlessServiceRolePolicy"],
  ["docdb-elastic", "DocDB-Elastic", "AmazonDocDB-ElasticServiceRolePolicy"],
  ["ec2-instance-connect", "Ec2InstanceConnect", "Ec2InstanceConnectEndpoint"],
  [
    "ec2.application-autoscaling",
    "ApplicationAutoScaling_EC2SpotFleetRequest",
    "AWSApplicationAutoscalingEC2SpotFleetRequestPolicy",
  ],
  ["ecr", "ECRTemplate", "ECRTemplateServiceRolePolicy"],
  ["ecs", "ECS", "AmazonECSServiceRolePolicy"],
  ["eks-connector", "AmazonEKSConnector", "AmazonEKSConnectorServiceRolePolicy"],
  ["eks-fargate", "AmazonEKSForFargate", "AmazonEKSForFargateServiceRolePolicy"],
  ["eks-nodegroup", "AmazonEKSNodegroup", "AWSServiceRoleForAmazonEKSNodegroup"],
  ["eks", "AmazonEKS", "AmazonEKSServiceRolePolicy"],
  ["elasticache", "ElastiCache", "ElastiCacheServiceRolePolicy"],
  ["elasticbeanstalk", "ElasticBeanstalk", "AWSElasticBeanstalkServiceRolePolicy"],
  ["elasticfilesystem", "AmazonElasticFileSystem", "AmazonElasticFileSystemServiceRolePolicy"],
  ["elasticloadbalancing", "ElasticLoadBalancing", "AWSElasticLoadBalancingServiceRolePolicy"],
  ["email.cognito-idp", "AmazonCognitoIdpEmailService", "AmazonCognitoIdpEmailServiceRolePolicy"],
  ["emr-containers", "AmazonEMRContainers", "AmazonEMRContainersServiceRolePolicy"],
  ["emrwal", "EMRWAL", "EMRDescribeClusterPolicyForEMRWAL"],
  ["fis", "FIS", "AmazonFISServiceRolePolicy"],
  ["grafana", "AmazonGrafana", "AmazonGrafanaServiceLinkedRolePolicy"],
  ["imagebuilder", "ImageBuilder", "AWSServiceRoleForImageBuilder"],
  ["iotmanagedintegrations", "IoTManagedIntegrations", "AWSIoTManagedIntegrationsRolePolicy"],
  ["kafka", "Kafka", "KafkaServiceRolePolicy"],
  ["kafkaconnect", "KafkaConnect", "KafkaConnectServiceRolePolicy"],
  ["lakeformation", "LakeFormationDataAccess", "LakeFormationDataAccessServiceRolePolicy"],
  ["lexv2", "LexV2Bots", "AmazonLexV2BotPolicy", "suffix"],
  ["lightsail", "Lightsail", "LightsailExportAccess"],
  ["m2", "AWSM2", "AWSM2ServicePolicy"],
  ["memorydb", "MemoryDB", "MemoryDBServiceRolePolicy"],
  ["mq", "AmazonMQ", "AmazonMQServiceRolePolicy"],
  ["mrk.kms", "KeyManagementServiceMultiRegionKeys", "AWSKeyManagementServiceMultiRegionKeysServiceRolePolicy"],
  ["notifications", "AwsUserNotifications", "AWSUserNotificationsServiceLinkedRolePolicy"],
  ["observability.aoss", "AmazonOpenSearchServerless", "AmazonOpenSearchServerlessServiceRolePolicy"],
  ["opensearchservice", "AmazonOpenSearchService", "AmazonOpenSearchServiceRolePolicy"],
  ["ops.apigateway", "APIGateway", "APIGatewayServiceRolePolicy"],
  ["ops.emr-serverless", "AmazonEMRServerless", "AmazonEMRServerlessServiceRolePolicy"],
  ["opsdatasync.ssm", "SystemsManagerOpsDataSync", "AWSSystemsManagerOpsDataSyncServiceRolePolicy"],
  ["opsinsights.ssm", "AmazonSSM_OpsInsights", "AWSSSMOpsInsightsServiceRolePolicy"],
  ["pullthroughcache.ecr", "ECRPullThroughCache", "AWSECRPullThroughCache_ServiceRolePolicy"],
  ["ram", "ResourceAccessManager", "AWSResourceAccessManagerServiceRolePolicy"],
  ["rds", "RDS", "AmazonRDSServiceRolePolicy"],
  ["redshift", "Redshift", "AmazonRedshiftServiceLinkedRolePolicy"],
  ["replication.cassandra", "KeyspacesReplication", "KeyspacesReplicationServiceRolePolicy"],
  ["replication.ecr", "ECRReplication", "ECRReplicationServiceRolePolicy"],
  ["repository.sync.codeconnections", "GitSync", "AWSGitSyncServiceRolePolicy"],
  ["resource-explorer-2", "ResourceExplorer", "AWSResourceExplorerServiceRolePolicy"],
  ["rolesanywhere", "RolesAnywhere", "AWSRolesAnywhereServicePolicy"],
  ["s3-outposts", "S3OnOutposts", "AWSS3OnOutpostsServiceRolePolicy"],
  ["ses", "AmazonSES", "AmazonSESServiceRolePolicy"],
  ["shield", "AWSShield", "AWSShieldServiceRolePolicy"],
  ["ssm-incidents", "IncidentManager", "AWSIncidentManagerServiceRolePolicy"],
  ["ssm-quicksetup", "SSMQuickSetup", "SSMQuickSetupRolePolicy"],
  ["ssm", "AmazonSSM", "AmazonSSMServiceRolePolicy"],
  ["sso", "SSO", "AWSSSOServiceRolePolicy"],
  ["vpcorigin.cloudfront", "CloudFrontVPCOrigin", "AWSCloudFrontVPCOriginServiceRolePolicy"],
  ["waf", "WAFLogging", "WAFLoggingServiceRolePolicy"],
  ["wafv2", "WAFV2Logging", "WAFV2LoggingServiceRolePolicy"],
];

// From the documentation of the services; whether they take a suffix was not recorded.
const DOCUMENTED: readonly Row[] = [
  ["access-analyzer", "AccessAnalyzer", "AccessAnalyzerServiceRolePolicy"],
  ["compute-optimizer", "ComputeOptimizer", "ComputeOptimizerServiceRolePolicy"],
  ["config-multiaccountsetup", "ConfigMultiAccountSetup", "AWSConfigMultiAccountSetupPolicy"],
  [
    "custom-resource.application-autoscaling",
    "ApplicationAutoScaling_CustomResource",
    "AWSApplicationAutoScalingCustomResourcePolicy",
  ],
  ["dax", "DAX", "DAXServiceRolePolicy"],
  ["detective", "Detective", "AmazonDetectiveServiceLinkedRolePolicy"],
  [
    "dynamodb.application-autoscaling",
    "ApplicationAutoScaling_DynamoDBTable",
    "AWSApplicationAutoscalingDynamoDBTablePolicy",
  ],
  ["ec2fleet", "EC2Fleet", "AWSEC2FleetServiceRolePolicy"],
  ["ecs.application-autoscaling", "ApplicationAutoScaling_ECSService", "AWSApplicationAutoscalingECSServicePolicy"],
  [
    "elasticache.application-autoscaling",
    "ApplicationAutoScaling_ElastiCacheRG",
    "AWSApplicationAutoscalingElastiCacheRGPolicy",
  ],
  ["elasticmapreduce", "EMRCleanup", "AmazonEMRCleanupPolicy"],
  ["es", "AmazonElasticsearchService", "AmazonElasticsearchServiceRolePolicy"],
  ["events", "CloudWatchEvents", "CloudWatchEventsServiceRolePolicy"],
  ["fms", "FMS", "FMSServiceRolePolicy"],
  ["fsx", "AmazonFSx", "AmazonFSxServiceRolePolicy"],
  ["globalaccelerator", "GlobalAccelerator", "AWSGlobalAcceleratorSLRPolicy"],
  ["guardduty", "AmazonGuardDuty", "AmazonGuardDutyServiceRolePolicy"],
  ["inspector2", "AmazonInspector2", "AmazonInspector2ServiceRolePolicy"],
  ["ipam", "IPAM", "AWSIPAMServiceRolePolicy"],
  [
    "kafka.application-autoscaling",
    "ApplicationAutoScaling_KafkaCluster",
    "AWSApplicationAutoscalingKafkaClusterPolicy",
  ],
  [
    "lambda.application-autoscaling",
    "ApplicationAutoScaling_LambdaConcurrency",
    "AWSApplicationAutoscalingLambdaConcurrencyPolicy",
  ],
  // AmazonLexBotPolicy, which was recorded with this role in 2025, is no longer among those that AWS publishes.
  ["lex", "LexBots", "LexBotPolicy"],
  ["logger.cloudfront", "CloudFrontLogger", "AWSCloudFrontLogger"],
  ["macie", "AmazonMacie", "AmazonMacieServiceRolePolicy"],
  [
    "member.org.stacksets.cloudformation",
    "CloudFormationStackSetsOrgMember",
    "CloudFormationStackSetsOrgMemberServiceRolePolicy",
  ],
  ["networkmanager", "NetworkManager", "AWSNetworkManagerServiceRolePolicy"],
  ["organizations", "Organizations", "AWSOrganizationsServiceTrustPolicy"],
  ["rds.application-autoscaling", "ApplicationAutoScaling_RDSCluster", "AWSApplicationAutoscalingRDSClusterPolicy"],
  ["replicator.lambda", "LambdaReplicator", "AWSLambdaReplicator"],
  [
    "sagemaker.application-autoscaling",
    "ApplicationAutoScaling_SageMakerEndpoint",
    "AWSApplicationAutoscalingSageMakerEndpointPolicy",
  ],
  ["securityhub", "SecurityHub", "AWSSecurityHubServiceRolePolicy"],
  ["role-manager.iam", "IAMRoleManager", "AWSIAMRoleManagerServiceRolePolicy"],
  ["servicequotas", "ServiceQuotas", "ServiceQuotasServiceRolePolicy"],
  ["spot", "EC2Spot", "AWSEC2SpotServiceRolePolicy"],
  ["spotfleet", "EC2SpotFleet", "AWSEC2SpotFleetServiceRolePolicy"],
  ["ssm-sap", "AWSSSMForSAP", "AWSSSMForSAPServiceLinkedRolePolicy"],
  ["stacksets.cloudformation", "CloudFormationStackSetsOrgAdmin", "CloudFormationStackSetsOrgAdminServiceRolePolicy"],
  ["support", "Support", "AWSSupportServiceRolePolicy"],
  ["transitgateway", "VPCTransitGateway", "AWSVPCTransitGatewayServiceRolePolicy"],
  ["trustedadvisor", "TrustedAdvisor", "AWSTrustedAdvisorServiceRolePolicy"],
  ["vpc-lattice", "VpcLattice", "AWSVpcLatticeServiceRolePolicy"],
];

/**
 * By service: those recorded on AWS in 2025 and later (evidence: slr-services, service-linked-roles-later), and the
 * best known of the others.
 */
export const serviceLinkedRoles: ReadonlyMap<string, ServiceLinkedRole> = new Map(
  [...RECORDED, ...DOCUMENTED].map(([name, role, policy, suffix]): [string, ServiceLinkedRole] => {
    const service = `${name}.amazonaws.com`;
    const policyArn = `arn:aws:iam::aws:policy/aws-service-role/${policy}`;
    return [service, { service, roleName: `AWSServiceRoleFor${role}`, policyArn, suffix: suffix !== undefined }];
  }),
);
