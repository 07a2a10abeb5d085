"""Code lists and what each code means: HCPCS with our own labels, reason and remark codes of remittances, the guide."""
