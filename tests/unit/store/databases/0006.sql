BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0006');
CREATE TABLE approval (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	record_id TEXT NOT NULL, 
	stage_version INTEGER NOT NULL, 
	transition TEXT NOT NULL, 
	asked_by TEXT NOT NULL, 
	asked_at BIGINT NOT NULL, 
	reason TEXT, 
	note TEXT NOT NULL, 
	source TEXT NOT NULL, 
	state TEXT NOT NULL, 
	decided_by TEXT, 
	decided_at BIGINT, 
	decided_note TEXT NOT NULL, 
	CONSTRAINT fk_approval_record_id FOREIGN KEY(record_id) REFERENCES record (id) DEFERRABLE INITIALLY DEFERRED
);
CREATE TABLE assignment (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	record_id TEXT NOT NULL, 
	person TEXT NOT NULL, 
	team TEXT, 
	at BIGINT NOT NULL, 
	history_id TEXT, 
	CONSTRAINT fk_assignment_record_id FOREIGN KEY(record_id) REFERENCES record (id) DEFERRABLE INITIALLY DEFERRED
);
CREATE TABLE budget (
	"key" TEXT NOT NULL, 
	tat BIGINT NOT NULL, 
	CONSTRAINT pk_budget PRIMARY KEY ("key")
);
CREATE TABLE chain_head (
	lane INTEGER NOT NULL, 
	place INTEGER NOT NULL, 
	hash TEXT NOT NULL, 
	CONSTRAINT pk_chain_head PRIMARY KEY (lane)
);
INSERT INTO "chain_head" VALUES(2,2,'9cee5c163c0c6c4e04bbdc19be8062d0f03964e3ac8771088d7d9ced216ca745');
INSERT INTO "chain_head" VALUES(6,2,'136121a648487874e7bc7ab28a56d7f614c9e21e306ef16c0cab6d90506e9771');
INSERT INTO "chain_head" VALUES(9,3,'2844dac74f9376dabc457e0bd53a6c92a49cb409d9658f1e7927006910b8cf78');
CREATE TABLE checkpoint (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	made_at BIGINT NOT NULL, 
	body TEXT NOT NULL, 
	signature TEXT NOT NULL, 
	"key" TEXT NOT NULL
);
INSERT INTO "checkpoint" VALUES(1,1773144000008000,'{"leadstate_checkpoint":1,"number":1,"made_at":1773144000008000,"before":"0000000000000000000000000000000000000000000000000000000000000000","heads":[[2,2,"9cee5c163c0c6c4e04bbdc19be8062d0f03964e3ac8771088d7d9ced216ca745"],[6,2,"136121a648487874e7bc7ab28a56d7f614c9e21e306ef16c0cab6d90506e9771"],[9,3,"2844dac74f9376dabc457e0bd53a6c92a49cb409d9658f1e7927006910b8cf78"]]}','1f803fb410f6d090e3a3ea0ece7a2c43243901f86a10ac036ec4d629c72966d584b2486fd2c409ac23379055d447bd6cadbe6e0bde860cd8185c59f97821e308','fec1428673f6afe89264b3807344ae8b269d125a503855202687db5a7128579f');
CREATE TABLE clock (
	id INTEGER NOT NULL, 
	record_id TEXT NOT NULL, 
	sla TEXT NOT NULL, 
	stage TEXT NOT NULL, 
	stage_version INTEGER NOT NULL, 
	pass_number INTEGER NOT NULL, 
	team TEXT, 
	owner TEXT, 
	entered_at BIGINT, 
	started_at BIGINT, 
	carried BIGINT NOT NULL, 
	pauses JSON NOT NULL, 
	due_at BIGINT, 
	used BIGINT, 
	fired JSON NOT NULL, 
	breached_at BIGINT, 
	escalated_to TEXT, 
	ended_at BIGINT, 
	CONSTRAINT pk_clock PRIMARY KEY (id), 
	CONSTRAINT fk_clock_record_id FOREIGN KEY(record_id) REFERENCES record (id) DEFERRABLE INITIALLY DEFERRED, 
	CONSTRAINT uq_clock_record_id UNIQUE (record_id, stage_version, sla)
);
CREATE TABLE "conflict" (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	record_id TEXT NOT NULL, 
	what TEXT NOT NULL, 
	connection TEXT NOT NULL, 
	kept_from TEXT NOT NULL, 
	rule TEXT NOT NULL, 
	kept JSON, 
	dropped JSON, 
	kept_at BIGINT, 
	dropped_at BIGINT, 
	at BIGINT NOT NULL, 
	taken_at BIGINT, sealed BLOB, 
	CONSTRAINT fk_conflict_record_id FOREIGN KEY(record_id) REFERENCES record (id) DEFERRABLE INITIALLY DEFERRED
);
CREATE TABLE credential (
	connection TEXT NOT NULL, 
	name TEXT NOT NULL, 
	nonce BLOB NOT NULL, 
	ciphertext BLOB NOT NULL, 
	updated_at BIGINT, 
	CONSTRAINT pk_credential PRIMARY KEY (connection, name)
);
CREATE TABLE cursor (
	connection TEXT NOT NULL, 
	name TEXT NOT NULL, 
	value TEXT NOT NULL, 
	updated_at BIGINT NOT NULL, 
	CONSTRAINT pk_cursor PRIMARY KEY (connection, name)
);
INSERT INTO "cursor" VALUES('','identities','email:email:,phone:phone:DE',1773144000000000);
CREATE TABLE dead_letter (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	door TEXT NOT NULL, 
	ref TEXT NOT NULL, 
	connection TEXT NOT NULL, 
	object TEXT NOT NULL, 
	external_id TEXT NOT NULL, 
	record_id TEXT, 
	reason TEXT NOT NULL, 
	detail TEXT NOT NULL, 
	payload JSON NOT NULL, 
	first_at BIGINT NOT NULL, 
	last_at BIGINT NOT NULL, 
	times INTEGER NOT NULL, 
	replayed_at BIGINT
);
INSERT INTO "dead_letter" VALUES(1,'link','hub:contacts:h4','hub','contacts','h4',NULL,'unknown stage','no stage of ''relay'' is bound to stage=''no such stage''; bind it under ''stages'' in the binding file, or correct the object in the CRM','{}',1773144000006000,1773144000006000,1,NULL);
CREATE TABLE detail (
	history_id TEXT NOT NULL, 
	body BLOB NOT NULL, 
	CONSTRAINT pk_detail PRIMARY KEY (history_id), 
	CONSTRAINT fk_detail_history_id FOREIGN KEY(history_id) REFERENCES "history" (id) DEFERRABLE INITIALLY DEFERRED
);
INSERT INTO "detail" VALUES('064caa424173e800008b97a2c1d21c',X'01484B0D3C5026F7EA2261EE44668D691EC416EB9E2D21D7C9395E8F948C2CBFA0517DDB376F287AE538ECDCA5A86B44C1BCA328792A3A0F3B9894228BB2446D224FDF231468C0BA614742F5CFFAB663C7');
INSERT INTO "detail" VALUES('064caa424173e80000e9b7673cf54c',X'018B5AA1BD7282C7E8A3673317D0077932667184AEC0FEFB2A1B8367EBA5BFF9696C9A5FB3849E717D88806199ABFF7AA00FDC2800E23CFAFAEF61F20010FE33E5696A7D16074630BBC1089CAF82C80595974609F2D9CD1FAD1FA2FA1BB585F4388DE5217432E02B1EBE1DEA2B11C24A47867778EE438CCD6965B36CA530BE4406DA8B5EDEBC6571E78BDF4BA542BA5926C416');
INSERT INTO "detail" VALUES('064caa42417bb80000c3cee3a732e0',X'01F13BC4A6E90FB9CAEC453BE9D94766400BB47C36F41AA66C0300360C4AE09BE6D536EC74B71F37BE7D238D5529D2457FCE4644FC3AAEA0EFBA3BFB03FED4C4A85EDB3EB78F27510FEF629843E1A32E594EE70B15E695FE0E5A17F3F78C209BEDC35DEE6BD34DAAD2837F7378AEFC1C57C7BA02EFAECA1A72816AD6071C0C2D2AFAAFBADD6421CC1B5B419B38A7D8E1EDC07B6056D66E27752922F30A563F94536248FABB8157DED555A7FD4F3D6A80503E5A42');
INSERT INTO "detail" VALUES('064caa42417fa00000b2e6b7507778',X'01D392A22B48CF502402816583D2AFC41620ECAAF3FEEB00E0EE8E38A708FC1CD5A507009D1FB704BCDDBA3F02E687AB25B149882F6C44E8F70AB6E2D9');
INSERT INTO "detail" VALUES('064caa42418b58000036bb364fea45',X'013B4B2B0D8B4EBF60CB47A70BAEBCE38857737A85A45EFB600239AE0E50DF1826F052D863B01283FED8B6F5800D4542472FD75A0EEDC3A7595D5797F7EEB07CC7E074C758D08BC71423F1758754F25EED174A6C41B37F6024AA732A47C66D8A3415D0071E7A9783B955A7F6DF9CB27F02CE651092A5C4C7FF6878216100D12EB05EA16C3C33BD7CF5D7373C0314E838E32E44CF68B67D5CD5D51234B180B29AA726165FAB63FBEEA9F76548BB5EEC2F5109F4309D00FCEAA05A102A3647721D8738FAA66D6BB81B2930389986022DCF19EF36AF23DB11C68A03BD9E1EDA50BCCECC505965CD6ED61BE42B2ABC74C467');
CREATE TABLE event (
	record_id TEXT NOT NULL, 
	name TEXT NOT NULL, 
	at BIGINT NOT NULL, 
	source TEXT NOT NULL, 
	learnt_at BIGINT NOT NULL, 
	CONSTRAINT pk_event PRIMARY KEY (record_id, name, at), 
	CONSTRAINT fk_event_record_id FOREIGN KEY(record_id) REFERENCES record (id) DEFERRABLE INITIALLY DEFERRED
)
 WITHOUT ROWID

;
CREATE TABLE field_change (
	id INTEGER NOT NULL, 
	record_id TEXT NOT NULL, 
	field TEXT NOT NULL, 
	old JSON, 
	new JSON, 
	changed_at BIGINT, 
	learnt_at BIGINT NOT NULL, 
	source TEXT NOT NULL, sealed BLOB, 
	CONSTRAINT pk_field_change PRIMARY KEY (id), 
	CONSTRAINT fk_field_change_record_id FOREIGN KEY(record_id) REFERENCES record (id) DEFERRABLE INITIALLY DEFERRED
);
INSERT INTO "field_change" VALUES(1,'9fcbbd87d7fb44478d1a976e5bd1b3db','size',NULL,60,1773144000007000,1773144000007000,'hub',NULL);
CREATE TABLE forgotten (
	digest TEXT NOT NULL, 
	record_id TEXT NOT NULL, 
	at BIGINT NOT NULL, 
	CONSTRAINT pk_forgotten PRIMARY KEY (digest)
);
INSERT INTO "forgotten" VALUES('2b7828cd2b4d6c686fc236f9d5ce4f1d16625e217229468dd352910e9bf6fbd7','3764c686bdf44915b00fd30672652cca',1773144000008000);
INSERT INTO "forgotten" VALUES('90ab7d8915c56be1a40affef11f22495b6bf7dec6fc78dbb133f9b72375172a3','3764c686bdf44915b00fd30672652cca',1773144000008000);
CREATE TABLE "history" (
	seq INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	id TEXT NOT NULL, 
	record_id TEXT, 
	kind TEXT NOT NULL, 
	cause TEXT NOT NULL, 
	actor TEXT NOT NULL, 
	happened_at BIGINT, 
	learnt_at BIGINT NOT NULL, 
	transition TEXT, 
	from_stage TEXT, 
	to_stage TEXT, 
	reason TEXT, 
	answer TEXT, 
	source TEXT NOT NULL, 
	source_event TEXT NOT NULL, 
	pass_number INTEGER NOT NULL, 
	workflow_version TEXT NOT NULL, 
	lane INTEGER NOT NULL, 
	place INTEGER NOT NULL, 
	detail TEXT, 
	hash TEXT NOT NULL, 
	CONSTRAINT uq_history_id UNIQUE (id), 
	CONSTRAINT uq_history_lane UNIQUE (lane, place), 
	CONSTRAINT fk_history_record_id FOREIGN KEY(record_id) REFERENCES record (id) DEFERRABLE INITIALLY DEFERRED
);
INSERT INTO "history" VALUES(1,'064caa424173e800008b97a2c1d21c','f3cfa239e74f4e00b1216c280ef7c8a1','entered','import','hub',NULL,1773144000001000,NULL,NULL,'mql',NULL,NULL,'hub','hub:event-0',1,'08361fb682401e213b7a3ac792888068dff65437996b451bf6338c867f9e0df6',9,1,'059ad474612b23c90319dc5dbf893272919ec62934f79e24f6ad4686d5880a26','666ae3c1fa824eb733294bf15ac46a743c65ff94dbc110b55dcda03257fb93e4');
INSERT INTO "history" VALUES(2,'064caa424173e80000e9b7673cf54c','f3cfa239e74f4e00b1216c280ef7c8a1','moved','manual','olena',1773144000001000,1773144000001000,'accept','mql','sal',NULL,NULL,'cli','move:f9ba9c78e4494685a3dfdc422d94074b',1,'08361fb682401e213b7a3ac792888068dff65437996b451bf6338c867f9e0df6',9,2,'a5a40cf07bf3ae087ed8683b59bcf35fc7c6dcd23acf90d90cc732b1841d1151','2e4fa9d8d65d7b703bce784523984a646ed8d384474222778ab1f1cda51e7422');
INSERT INTO "history" VALUES(3,'064caa42417bb80000c3cee3a732e0','f3cfa239e74f4e00b1216c280ef7c8a1','linked','automatic','leadstate',1773144000003000,1773144000003000,NULL,'sal',NULL,NULL,NULL,'amo','ls-e4cb65756eafc7173770fbf6',1,'08361fb682401e213b7a3ac792888068dff65437996b451bf6338c867f9e0df6',9,3,'46585639271165d13eb39aea8378a385a2fb9f5d91cc814a6eeab128b924ebb1','2844dac74f9376dabc457e0bd53a6c92a49cb409d9658f1e7927006910b8cf78');
INSERT INTO "history" VALUES(4,'064caa42417fa00000b2e6b7507778','9fcbbd87d7fb44478d1a976e5bd1b3db','entered','import','hub',1773144000004000,1773144000004000,NULL,NULL,'lead',NULL,NULL,'hub','hub:event-2',1,'08361fb682401e213b7a3ac792888068dff65437996b451bf6338c867f9e0df6',2,1,'a66a7f3ee50cda6434611f84a9799c05f3440c75c252fad8e55fe05402871766','a78f8306757a85c78b7edc870ab83a5edbf392aca2c29ebdbc08b0911cf538b9');
INSERT INTO "history" VALUES(5,'064caa424183880000ca23ab7d6d6f','3764c686bdf44915b00fd30672652cca','entered','import','hub',1773144000005000,1773144000005000,NULL,NULL,'lead',NULL,NULL,'hub','hub:event-3',1,'08361fb682401e213b7a3ac792888068dff65437996b451bf6338c867f9e0df6',6,1,'d8572a8ecd7bca81feee989a3ba84fe017647d3125fe9d8330e1f65d179d3587','b0870ba4bfedf597aecabe10c157100ee7ae55a116b582fa4e78c90bb567bbd0');
INSERT INTO "history" VALUES(6,'064caa42418b58000036bb364fea45','9fcbbd87d7fb44478d1a976e5bd1b3db','moved','automatic','leadstate',1773144000007000,1773144000007000,'qualify','lead','mql',NULL,NULL,'hub','hub:event-5',1,'08361fb682401e213b7a3ac792888068dff65437996b451bf6338c867f9e0df6',2,2,'c4588560f7075601af3d7a34c1e1a150f7241ff0ac49dd1f27042788696c23ba','9cee5c163c0c6c4e04bbdc19be8062d0f03964e3ac8771088d7d9ced216ca745');
INSERT INTO "history" VALUES(7,'064caa42418f40000004a10798dd4d','3764c686bdf44915b00fd30672652cca','erased','manual','dpo',1773144000008000,1773144000008000,NULL,'lead',NULL,NULL,NULL,'leadstate','',1,'08361fb682401e213b7a3ac792888068dff65437996b451bf6338c867f9e0df6',6,2,NULL,'136121a648487874e7bc7ab28a56d7f614c9e21e306ef16c0cab6d90506e9771');
CREATE TABLE identity (
	field TEXT NOT NULL, 
	value TEXT NOT NULL, 
	record_id TEXT NOT NULL, 
	CONSTRAINT pk_identity PRIMARY KEY (field, value, record_id), 
	CONSTRAINT fk_identity_record_id FOREIGN KEY(record_id) REFERENCES record (id) DEFERRABLE INITIALLY DEFERRED
)
 WITHOUT ROWID

;
INSERT INTO "identity" VALUES('email','ben@example.com','9fcbbd87d7fb44478d1a976e5bd1b3db');
INSERT INTO "identity" VALUES('email','ann@example.com','f3cfa239e74f4e00b1216c280ef7c8a1');
CREATE TABLE inbox (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	"key" TEXT NOT NULL, 
	connection TEXT NOT NULL, 
	kind TEXT NOT NULL, 
	object TEXT NOT NULL, 
	external_id TEXT NOT NULL, 
	record_id TEXT, 
	payload JSON NOT NULL, 
	happened_at BIGINT, 
	received_at BIGINT NOT NULL, 
	due_at BIGINT NOT NULL, 
	attempts INTEGER NOT NULL, 
	state TEXT NOT NULL, 
	settled_at BIGINT, 
	CONSTRAINT uq_inbox_key UNIQUE ("key")
);
INSERT INTO "inbox" VALUES(1,'hub:event-0','hub','event','contacts','h1',NULL,'{"kind":"created","property":null,"value":null,"actor":"CRM_UI userId:7","own":false,"into":null,"merged_ids":[],"raw":{}}',1773144000001000,1773144000001000,1773144000001000,0,'done',1773144000001000);
INSERT INTO "inbox" VALUES(2,'move:f9ba9c78e4494685a3dfdc422d94074b','','move','record','f3cfa239e74f4e00b1216c280ef7c8a1','f3cfa239e74f4e00b1216c280ef7c8a1','{"transition":"accept","actor":"olena","roles":["sales"],"reason":null,"note":"","source":"cli"}',1773144000001000,1773144000001000,1773144000001000,0,'done',1773144000001000);
INSERT INTO "inbox" VALUES(3,'hub:event-1','hub','event','contacts','h1',NULL,'{"kind":"changed","property":"stage","value":"sal","actor":"INTEGRATION leadstate","own":true,"into":null,"merged_ids":[],"raw":{}}',1773144000002000,1773144000003000,1773144000003000,0,'echo',1773144000003000);
INSERT INTO "inbox" VALUES(4,'amo:event-0','amo','event','leads','a1',NULL,'{"kind":"created","property":null,"value":null,"actor":"CRM_UI userId:7","own":false,"into":null,"merged_ids":[],"raw":{}}',1773144000003000,1773144000003000,1773144000003000,0,'done',1773144000003000);
INSERT INTO "inbox" VALUES(5,'hub:event-2','hub','event','contacts','h2',NULL,'{"kind":"created","property":null,"value":null,"actor":"CRM_UI userId:7","own":false,"into":null,"merged_ids":[],"raw":{}}',1773144000004000,1773144000004000,1773144000004000,0,'done',1773144000004000);
INSERT INTO "inbox" VALUES(6,'hub:event-3','hub','event','contacts','h3',NULL,'{}',1773144000005000,1773144000005000,1773144000005000,0,'done',1773144000005000);
INSERT INTO "inbox" VALUES(7,'hub:event-4','hub','event','contacts','h4',NULL,'{"kind":"created","property":null,"value":null,"actor":"CRM_UI userId:7","own":false,"into":null,"merged_ids":[],"raw":{}}',1773144000006000,1773144000006000,1773144000006000,0,'done',1773144000006000);
INSERT INTO "inbox" VALUES(8,'hub:event-5','hub','event','contacts','h2',NULL,'{"kind":"changed","property":"size","value":"60","actor":"CRM_UI userId:7","own":false,"into":null,"merged_ids":[],"raw":{}}',1773144000007000,1773144000007000,1773144000007000,0,'done',1773144000007000);
INSERT INTO "inbox" VALUES(9,'hub:event-6','hub','event','contacts','h2',NULL,'{"kind":"changed","property":"stage","value":"mql","actor":"INTEGRATION leadstate","own":true,"into":null,"merged_ids":[],"raw":{}}',1773144000008000,1773144000008000,1773144000008000,0,'echo',1773144000008000);
INSERT INTO "inbox" VALUES(10,'hub:event-7','hub','event','contacts','h2',NULL,'{"kind":"changed","property":"name","value":"Benjamin","actor":"CRM_UI userId:7","own":false,"into":null,"merged_ids":[],"raw":{}}',1773144000009000,1773144000009000,1773144000009000,0,'pending',NULL);
CREATE TABLE link (
	connection TEXT NOT NULL, 
	object TEXT NOT NULL, 
	external_id TEXT NOT NULL, 
	record_id TEXT, 
	remote_stage TEXT, 
	remote_properties JSON NOT NULL, 
	remote_updated_at BIGINT, 
	seen_at BIGINT NOT NULL, 
	status TEXT NOT NULL, 
	reason TEXT NOT NULL, 
	merged_into TEXT, 
	reverts INTEGER NOT NULL, 
	reverted_at BIGINT, 
	CONSTRAINT pk_link PRIMARY KEY (connection, object, external_id), 
	CONSTRAINT fk_link_record_id FOREIGN KEY(record_id) REFERENCES record (id) DEFERRABLE INITIALLY DEFERRED
)
 WITHOUT ROWID

;
INSERT INTO "link" VALUES('amo','leads','a1','f3cfa239e74f4e00b1216c280ef7c8a1','sal','{"contact.email":"ann@example.com","name":"Ann","cf.NEED":"crm","status":"10"}',1773144000003000,1773144000003000,'active','',NULL,0,NULL);
INSERT INTO "link" VALUES('hub','contacts','h1','f3cfa239e74f4e00b1216c280ef7c8a1','sal','{"email":"ann@example.com","name":"Ann","stage":"sal","need":"crm"}',1773144000001000,1773144000002000,'active','',NULL,0,NULL);
INSERT INTO "link" VALUES('hub','contacts','h2','9fcbbd87d7fb44478d1a976e5bd1b3db','mql','{"email":"ben@example.com","stage":"mql","name":"Ben","size":"60"}',1773144000007000,1773144000008000,'active','',NULL,0,NULL);
INSERT INTO "link" VALUES('hub','contacts','h3','3764c686bdf44915b00fd30672652cca',NULL,'{}',1773144000005000,1773144000005000,'erased','erased',NULL,0,NULL);
INSERT INTO "link" VALUES('hub','contacts','h4',NULL,NULL,'{"email":"odd@example.com","stage":"no such stage"}',1773144000006000,1773144000006000,'quarantined','no stage of ''relay'' is bound to stage=''no such stage''; bind it under ''stages'' in the binding file, or correct the object in the CRM',NULL,0,NULL);
CREATE TABLE outbox (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	token TEXT NOT NULL, 
	record_id TEXT NOT NULL, 
	connection TEXT NOT NULL, 
	object TEXT NOT NULL, 
	external_id TEXT NOT NULL, 
	kind TEXT NOT NULL, 
	payload JSON NOT NULL, 
	history_id TEXT, 
	created_at BIGINT NOT NULL, 
	due_at BIGINT NOT NULL, 
	attempts INTEGER NOT NULL, 
	state TEXT NOT NULL, 
	claim_token TEXT, 
	claimed_until BIGINT, 
	sent BOOLEAN NOT NULL, 
	sent_earlier BOOLEAN NOT NULL, 
	outcome TEXT NOT NULL, 
	settled_at BIGINT, 
	CONSTRAINT uq_outbox_token UNIQUE (token), 
	CONSTRAINT fk_outbox_record_id FOREIGN KEY(record_id) REFERENCES record (id) DEFERRABLE INITIALLY DEFERRED
);
INSERT INTO "outbox" VALUES(1,'f3cfa239e74f4e00b1216c280ef7c8a1:1:hub:h1:stage:move:f9ba9c78e4494685a3dfdc422d94074b','f3cfa239e74f4e00b1216c280ef7c8a1','hub','contacts','h1','stage','{"stage":"sal","properties":{"stage":"sal"}}',NULL,1773144000001000,1773144000001000,1,'done',NULL,NULL,1,0,'applied',1773144000002000);
INSERT INTO "outbox" VALUES(2,'ls-e4cb65756eafc7173770fbf6','f3cfa239e74f4e00b1216c280ef7c8a1','amo','leads','','create','{"stage":"sal","properties":{"contact.email":"ann@example.com","name":"Ann","cf.NEED":"crm","status":"10"},"identity":{"contact.email":"ann@example.com"}}',NULL,1773144000001000,1773144000001000,1,'done',NULL,NULL,1,0,'created a1',1773144000003000);
INSERT INTO "outbox" VALUES(3,'9fcbbd87d7fb44478d1a976e5bd1b3db:1:hub:h2:stage:hub:event-5','9fcbbd87d7fb44478d1a976e5bd1b3db','hub','contacts','h2','stage','{"stage":"mql","properties":{"stage":"mql"}}',NULL,1773144000007000,1773144000007000,1,'done',NULL,NULL,1,0,'applied',1773144000008000);
CREATE TABLE past_change (
	source TEXT NOT NULL, 
	record_id TEXT NOT NULL, 
	external_id TEXT NOT NULL, 
	"key" TEXT NOT NULL, 
	at BIGINT, 
	body JSON NOT NULL, 
	CONSTRAINT pk_past_change PRIMARY KEY (source, record_id, external_id, "key")
);
CREATE TABLE record (
	id TEXT NOT NULL, 
	workflow TEXT NOT NULL, 
	stage TEXT NOT NULL, 
	version INTEGER NOT NULL, 
	pass_number INTEGER NOT NULL, 
	stage_version INTEGER NOT NULL, 
	entered_at BIGINT, 
	workflow_version TEXT NOT NULL, 
	data JSON NOT NULL, 
	folded JSON NOT NULL, 
	created_at BIGINT NOT NULL, 
	status TEXT NOT NULL, 
	flag TEXT, 
	flagged_at BIGINT, came_from TEXT, entered_via TEXT, breach_moves INTEGER DEFAULT 0 NOT NULL, owner TEXT, 
	CONSTRAINT pk_record PRIMARY KEY (id)
);
INSERT INTO "record" VALUES('f3cfa239e74f4e00b1216c280ef7c8a1','relay','sal',2,1,1,1773144000001000,'08361fb682401e213b7a3ac792888068dff65437996b451bf6338c867f9e0df6','{"email":"ann@example.com","name":"Ann","need":"crm"}','{"name":"ann","need":"crm"}',1773144000001000,'active',NULL,NULL,'mql','accept',0,NULL);
INSERT INTO "record" VALUES('9fcbbd87d7fb44478d1a976e5bd1b3db','relay','mql',2,1,1,1773144000007000,'08361fb682401e213b7a3ac792888068dff65437996b451bf6338c867f9e0df6','{"email":"ben@example.com","name":"Ben","size":60}','{"name":"ben"}',1773144000004000,'active',NULL,NULL,'lead','qualify',0,NULL);
INSERT INTO "record" VALUES('3764c686bdf44915b00fd30672652cca','relay','lead',3,1,0,1773144000005000,'08361fb682401e213b7a3ac792888068dff65437996b451bf6338c867f9e0df6','{}','{}',1773144000005000,'erased',NULL,NULL,NULL,NULL,0,NULL);
CREATE TABLE secret (
	name TEXT NOT NULL, 
	value BLOB NOT NULL, 
	CONSTRAINT pk_secret PRIMARY KEY (name)
);
INSERT INTO "secret" VALUES('forgotten',X'926DA0CEB6B74F676C048CFCC90BD10047E42D971F8E20DC13F18BAB973F5919');
CREATE TABLE subject_key (
	record_id TEXT NOT NULL, 
	"key" BLOB NOT NULL, 
	CONSTRAINT pk_subject_key PRIMARY KEY (record_id), 
	CONSTRAINT fk_subject_key_record_id FOREIGN KEY(record_id) REFERENCES record (id) DEFERRABLE INITIALLY DEFERRED
);
INSERT INTO "subject_key" VALUES('f3cfa239e74f4e00b1216c280ef7c8a1',X'F0F88D355F8BCAD56F4F858EDCDC6FC0');
INSERT INTO "subject_key" VALUES('9fcbbd87d7fb44478d1a976e5bd1b3db',X'D6CF6E2468A714333B4A093130578A80');
CREATE TABLE timer (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	record_id TEXT NOT NULL, 
	kind TEXT NOT NULL, 
	sla TEXT NOT NULL, 
	mark TEXT NOT NULL, 
	stage_version INTEGER NOT NULL, 
	due_at BIGINT NOT NULL, 
	CONSTRAINT fk_timer_record_id FOREIGN KEY(record_id) REFERENCES record (id) DEFERRABLE INITIALLY DEFERRED, 
	CONSTRAINT uq_timer_record_id UNIQUE (record_id, kind, sla, mark)
);
CREATE TABLE visit (
	id INTEGER NOT NULL, 
	record_id TEXT NOT NULL, 
	stage TEXT NOT NULL, 
	pass_number INTEGER NOT NULL, 
	entered_at BIGINT, 
	left_at BIGINT, 
	entered_by TEXT NOT NULL, 
	left_by TEXT, owner TEXT, workflow_version TEXT DEFAULT '' NOT NULL, reported BOOLEAN DEFAULT 0 NOT NULL, 
	CONSTRAINT pk_visit PRIMARY KEY (id), 
	CONSTRAINT fk_visit_record_id FOREIGN KEY(record_id) REFERENCES record (id) DEFERRABLE INITIALLY DEFERRED
);
INSERT INTO "visit" VALUES(1,'f3cfa239e74f4e00b1216c280ef7c8a1','mql',1,NULL,1773144000001000,'064caa424173e800008b97a2c1d21c','064caa424173e80000e9b7673cf54c',NULL,'08361fb682401e213b7a3ac792888068dff65437996b451bf6338c867f9e0df6',0);
INSERT INTO "visit" VALUES(2,'f3cfa239e74f4e00b1216c280ef7c8a1','sal',1,1773144000001000,NULL,'064caa424173e80000e9b7673cf54c',NULL,NULL,'08361fb682401e213b7a3ac792888068dff65437996b451bf6338c867f9e0df6',0);
INSERT INTO "visit" VALUES(3,'9fcbbd87d7fb44478d1a976e5bd1b3db','lead',1,1773144000004000,1773144000007000,'064caa42417fa00000b2e6b7507778','064caa42418b58000036bb364fea45',NULL,'08361fb682401e213b7a3ac792888068dff65437996b451bf6338c867f9e0df6',0);
INSERT INTO "visit" VALUES(4,'3764c686bdf44915b00fd30672652cca','lead',1,1773144000005000,1773144000008000,'064caa424183880000ca23ab7d6d6f','064caa42418f40000004a10798dd4d',NULL,'08361fb682401e213b7a3ac792888068dff65437996b451bf6338c867f9e0df6',0);
INSERT INTO "visit" VALUES(5,'9fcbbd87d7fb44478d1a976e5bd1b3db','mql',1,1773144000007000,NULL,'064caa42418b58000036bb364fea45',NULL,NULL,'08361fb682401e213b7a3ac792888068dff65437996b451bf6338c867f9e0df6',0);
CREATE TABLE workflow_version (
	version TEXT NOT NULL, 
	name TEXT NOT NULL, 
	title TEXT NOT NULL, 
	source TEXT NOT NULL, 
	applied_at BIGINT NOT NULL, 
	active BOOLEAN NOT NULL, 
	CONSTRAINT pk_workflow_version PRIMARY KEY (version)
);
CREATE TABLE write_ledger (
	id INTEGER NOT NULL, 
	connection TEXT NOT NULL, 
	object TEXT NOT NULL, 
	external_id TEXT NOT NULL, 
	property TEXT NOT NULL, 
	value TEXT NOT NULL, 
	token TEXT NOT NULL, 
	written_at BIGINT NOT NULL, 
	CONSTRAINT pk_write_ledger PRIMARY KEY (id)
);
INSERT INTO "write_ledger" VALUES(1,'hub','contacts','h1','stage','sal','f3cfa239e74f4e00b1216c280ef7c8a1:1:hub:h1:stage:move:f9ba9c78e4494685a3dfdc422d94074b',1773144000001000);
INSERT INTO "write_ledger" VALUES(2,'hub','contacts','h1','stage','','f3cfa239e74f4e00b1216c280ef7c8a1:1:hub:h1:stage:move:f9ba9c78e4494685a3dfdc422d94074b',1773144000001000);
INSERT INTO "write_ledger" VALUES(3,'hub','contacts','h2','stage','mql','9fcbbd87d7fb44478d1a976e5bd1b3db:1:hub:h2:stage:hub:event-5',1773144000007000);
INSERT INTO "write_ledger" VALUES(4,'hub','contacts','h2','stage','','9fcbbd87d7fb44478d1a976e5bd1b3db:1:hub:h2:stage:hub:event-5',1773144000007000);
CREATE UNIQUE INDEX uq_workflow_version_active ON workflow_version (name) WHERE active;
CREATE INDEX ix_record_flagged ON record (id) WHERE flag IS NOT NULL;
CREATE INDEX ix_record_stage ON record (status, stage, id);
CREATE INDEX ix_link_external_id ON link (external_id);
CREATE INDEX ix_link_record_id ON link (record_id);
CREATE INDEX ix_field_change_record_id ON field_change (record_id, id);
CREATE INDEX ix_visit_record_id ON visit (record_id, id);
CREATE UNIQUE INDEX uq_visit_open ON visit (record_id) WHERE left_by IS NULL;
CREATE INDEX ix_inbox_settled_at ON inbox (settled_at) WHERE settled_at IS NOT NULL;
CREATE INDEX ix_outbox_open_due ON outbox (connection, due_at, id) WHERE state IN ('pending', 'claimed');
CREATE INDEX ix_outbox_open_record ON outbox (record_id, connection, id) WHERE state IN ('pending', 'claimed');
CREATE INDEX ix_write_ledger_object ON write_ledger (connection, object, external_id);
CREATE INDEX ix_write_ledger_written_at ON write_ledger (written_at);
CREATE UNIQUE INDEX uq_dead_letter_open ON dead_letter (door, ref) WHERE replayed_at IS NULL;
CREATE INDEX ix_identity_record_id ON identity (record_id);
CREATE INDEX ix_conflict_record_id ON "conflict" (record_id, id);
CREATE INDEX ix_record_owner ON record (owner, status, stage) WHERE owner IS NOT NULL;
CREATE INDEX ix_inbox_due_timer ON inbox (due_at, id) WHERE state = 'pending' AND kind = 'timer';
CREATE INDEX ix_inbox_due_news ON inbox (due_at, id) WHERE state = 'pending' AND kind <> 'timer';
CREATE INDEX ix_timer_due ON timer (due_at, id, record_id, kind, sla, mark, stage_version);
CREATE INDEX ix_clock_open ON clock (record_id, id) WHERE ended_at IS NULL;
CREATE INDEX ix_clock_open_due ON clock (due_at, id) WHERE ended_at IS NULL;
CREATE INDEX ix_approval_record_id ON approval (record_id, id);
CREATE UNIQUE INDEX uq_approval_pending ON approval (record_id, transition) WHERE state = 'pending';
CREATE INDEX ix_approval_pending ON approval (id) WHERE state = 'pending';
CREATE INDEX ix_assignment_person ON assignment (person, id);
CREATE INDEX ix_assignment_record_id ON assignment (record_id);
CREATE INDEX ix_forgotten_record_id ON forgotten (record_id);
CREATE INDEX ix_history_record_id ON history (record_id, seq);
CREATE INDEX ix_visit_trip ON visit (record_id, pass_number, id, stage, entered_at, left_at);
CREATE INDEX ix_visit_length ON visit (stage, (left_at - entered_at), left_at, entered_at);
CREATE INDEX ix_visit_standing ON visit (stage, entered_at) WHERE left_by IS NULL;
CREATE INDEX ix_link_merged ON link (record_id) WHERE status = 'merged';
CREATE TRIGGER history_refuses_update BEFORE UPDATE ON history
        BEGIN SELECT RAISE(ABORT,
            'history is append-only: a row cannot be changed');
        END;
CREATE TRIGGER history_refuses_delete BEFORE DELETE ON history
        BEGIN SELECT RAISE(ABORT,
            'history is append-only: a row cannot be deleted');
        END;
CREATE TRIGGER history_refuses_replace BEFORE INSERT ON history
        WHEN EXISTS (SELECT 1 FROM history WHERE id = NEW.id OR seq = NEW.seq
            OR (lane = NEW.lane AND place = NEW.place))
        BEGIN SELECT RAISE(ABORT,
            'history is append-only: a row cannot be replaced');
        END;
CREATE TRIGGER detail_refuses_update BEFORE UPDATE ON detail
        BEGIN SELECT RAISE(ABORT,
            'history is append-only: its details cannot be changed');
        END;
CREATE TRIGGER detail_refuses_replace BEFORE INSERT ON detail
        WHEN EXISTS (SELECT 1 FROM detail WHERE history_id = NEW.history_id)
        BEGIN SELECT RAISE(ABORT,
            'history is append-only: its details cannot be replaced');
        END;
CREATE TRIGGER checkpoint_refuses_update BEFORE UPDATE ON checkpoint
        BEGIN SELECT RAISE(ABORT,
            'a checkpoint cannot be changed');
        END;
CREATE TRIGGER checkpoint_refuses_delete BEFORE DELETE ON checkpoint
        BEGIN SELECT RAISE(ABORT,
            'a checkpoint cannot be deleted');
        END;
CREATE TRIGGER checkpoint_refuses_replace BEFORE INSERT ON checkpoint
        WHEN EXISTS (SELECT 1 FROM checkpoint WHERE id = NEW.id)
        BEGIN SELECT RAISE(ABORT,
            'a checkpoint cannot be replaced');
        END;
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('inbox',10);
INSERT INTO "sqlite_sequence" VALUES('history',7);
INSERT INTO "sqlite_sequence" VALUES('outbox',3);
INSERT INTO "sqlite_sequence" VALUES('dead_letter',1);
INSERT INTO "sqlite_sequence" VALUES('checkpoint',1);
COMMIT;
